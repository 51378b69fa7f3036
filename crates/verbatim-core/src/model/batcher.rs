//! Leader/follower batching, for work that is cheaper done for several threads together. The first caller becomes the
//! leader and works for all who wait by then; the first of those who came meanwhile leads the next batch. A caller who
//! comes alone is served at once.

use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Those who wait, each with an item.
pub(super) struct Batcher<T, R> {
    most: usize,
    line: Mutex<Line<T, R>>,
}

struct Line<T, R> {
    waiting: VecDeque<(T, Sender<Turn<R>>)>,
    is_led: bool,
}

enum Turn<R> {
    /// The item's result.
    Done(R),
    /// Whoever is told this does the work for all who wait.
    Lead,
}

impl<T, R> Batcher<T, R> {
    /// At most so many items at once.
    pub(super) fn of(most: usize) -> Self {
        Self { most, line: Mutex::new(Line { waiting: VecDeque::new(), is_led: false }) }
    }

    /// The result of `item`. `work` gives the results of several items in their order; it is called by one thread
    /// at a time. `None` where the thread that did the work panicked; the next one works again. Threads that `work`
    /// itself needs must not call this: they would wait for each other.
    pub(super) fn run(&self, item: T, work: impl Fn(Vec<T>) -> Vec<R>) -> Option<R> {
        let turn = self.queue(item);
        loop {
            match turn.recv().ok()? {
                Turn::Done(result) => return Some(result),
                Turn::Lead => self.lead(&work),
            }
        }
    }

    /// Queues an item; who finds nobody leading is told to lead.
    fn queue(&self, item: T) -> Receiver<Turn<R>> {
        let (turn, told) = channel();
        let mut line = self.line();
        if !line.is_led {
            line.is_led = true;
            tell(&turn, Turn::Lead);
        }
        line.waiting.push_back((item, turn));
        told
    }

    /// Does the work for the first who wait. Whoever leads is the first of them.
    fn lead(&self, work: impl Fn(Vec<T>) -> Vec<R>) {
        let _next = HandOn(self);
        let (items, turns): (Vec<T>, Vec<_>) = {
            let mut line = self.line();
            let count = line.waiting.len().min(self.most);
            line.waiting.drain(..count).unzip()
        };
        for (turn, result) in turns.iter().zip(work(items)) {
            tell(turn, Turn::Done(result));
        }
    }

    /// A thread that panicked has left a whole line behind: the work is done outside the lock.
    fn line(&self) -> MutexGuard<'_, Line<T, R>> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Lets the next one lead when the work is over, however it ended.
struct HandOn<'a, T, R>(&'a Batcher<T, R>);

impl<T, R> Drop for HandOn<'_, T, R> {
    fn drop(&mut self) {
        let mut line = self.0.line();
        match line.waiting.front() {
            Some((_, turn)) => tell(turn, Turn::Lead),
            None => line.is_led = false,
        }
    }
}

/// Whoever waits does not go away before it is told, so there is always somebody to tell.
fn tell<R>(turn: &Sender<Turn<R>>, what: Turn<R>) {
    let _ = turn.send(what);
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Barrier, mpsc};
    use std::thread;

    use super::*;

    fn doubled(items: Vec<usize>) -> Vec<usize> {
        items.into_iter().map(|item| 2 * item).collect()
    }

    #[test]
    fn everybody_gets_their_own_result() {
        let batcher = Batcher::of(4);
        let (most, at_once) = (AtomicUsize::new(0), AtomicUsize::new(0));
        thread::scope(|scope| {
            for number in 0..16 {
                let (batcher, most, at_once) = (&batcher, &most, &at_once);
                scope.spawn(move || {
                    for round in 0..200 {
                        let item = number * 1_000 + round;
                        let result = batcher.run(item, |items| {
                            assert_eq!(at_once.fetch_add(1, Ordering::SeqCst), 0, "two work at once");
                            most.fetch_max(items.len(), Ordering::SeqCst);
                            let results = doubled(items);
                            at_once.fetch_sub(1, Ordering::SeqCst);
                            results
                        });
                        assert_eq!(result, Some(2 * item));
                    }
                });
            }
        });
        let most = most.into_inner();
        assert!((1..=4).contains(&most), "{most} at once");
    }

    #[test]
    fn who_comes_meanwhile_goes_together() {
        let batcher = &Batcher::of(16);
        let (began, begun) = mpsc::channel();
        let (gathered, sizes) = (&Barrier::new(2), &Mutex::new(Vec::new()));
        thread::scope(|scope| {
            let first = scope.spawn(move || {
                batcher.run(1, |items| {
                    began.send(()).expect("somebody waits for it");
                    gathered.wait();
                    doubled(items)
                })
            });
            begun.recv().expect("the first one works");
            let others: Vec<_> = (2..7)
                .map(|item| {
                    scope.spawn(move || {
                        batcher.run(item, |items| {
                            sizes.lock().expect("no panic").push(items.len());
                            doubled(items)
                        })
                    })
                })
                .collect();
            while batcher.line().waiting.len() < 5 {
                thread::yield_now();
            }
            gathered.wait();
            assert_eq!(first.join().ok(), Some(Some(2)));
            let results: Vec<_> = others.into_iter().map(|other| other.join().ok().flatten()).collect();
            assert_eq!(results, [4, 6, 8, 10, 12].map(Some));
            assert_eq!(*sizes.lock().expect("no panic"), [5]);
        });
    }

    #[test]
    fn a_panic_ends_one_and_not_the_next() {
        let batcher = Batcher::of(4);
        let panics = thread::scope(|scope| {
            scope
                .spawn(|| batcher.run(1, |_| -> Vec<usize> { std::panic::resume_unwind(Box::new("test")) }))
                .join()
        });
        assert!(panics.is_err());
        assert_eq!(batcher.run(2, doubled), Some(4));
        assert_eq!(batcher.run(3, |_| Vec::new()), None, "no result at all");
        assert_eq!(batcher.run(4, doubled), Some(8));
    }
}
