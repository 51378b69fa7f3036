//! Turns core dumps off for every subcommand: the memory of a crashed process contains questions and the bot's token.

/// Turns core dumps off for this process and its children. On Linux this also keeps other processes of the same user
/// from reading this process's memory, and keeps dumps from a crash handler that the kernel pipes them to, which
/// ignores the size limit. A failure is only reported: nothing else depends on it.
pub fn switch_off() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, setrlimit};
        let none = Rlimit { current: Some(0), maximum: Some(0) };
        tell(setrlimit(Resource::Core, none));
    }
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        tell(set_dumpable_behavior(DumpableBehavior::NotDumpable));
    }
}

#[cfg(unix)]
fn tell(outcome: rustix::io::Result<()>) {
    if let Err(error) = outcome {
        super::output::remark(&format!(
            "core dumps cannot be turned off: {error}; a crash may leave a file that contains questions."
        ));
    }
}
