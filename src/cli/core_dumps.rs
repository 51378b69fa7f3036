//! Core dumps are switched off, for every subcommand: the memory of a process that crashes holds what was asked, and
//! the bot's token.

/// Switches core dumps off for this process and for those that it starts. On Linux it also keeps other processes of
/// the same user from reading this one's memory, and a crash handler that the kernel pipes dumps into, which heeds no
/// limit, gets none. That it cannot be done is told, and nothing else depends on it.
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
            "core dumps cannot be switched off: {error}; a crash may leave a file that holds what was asked."
        ));
    }
}
