//! What the child gives up before it reads a byte. Limits of processor time and core files hold everywhere; memory,
//! files, network and processes are limited on Linux, as far as its kernel allows. What is missing elsewhere stands in
//! `docs/reliability.md`, and [`check`] tells it.

use std::fs::File;
use std::io::{self, Write};
use std::process::{Command, Stdio};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use super::{MEMORY, Restrictions};

/// Standard output for replies alone: a library that prints writes to standard error from now on.
///
/// # Errors
/// Where the operating system has no more file descriptors.
pub fn private_output() -> io::Result<impl Write + Send + 'static> {
    let output = rustix::io::dup(rustix::stdio::stdout())?;
    rustix::stdio::dup2_stdout(rustix::stdio::stderr())?;
    Ok(File::from(output))
}

/// Limits processor time and memory, and switches core files off.
///
/// # Errors
/// Where the operating system refuses a limit.
pub fn limit_resources(cpu_seconds: u64) -> io::Result<()> {
    lower(Resource::Core, 0, 0)?;
    // The first limit ends the process by a signal that tells the limit; the second one by a signal that tells nothing.
    lower(Resource::Cpu, cpu_seconds, cpu_seconds + 1)?;
    // macOS knows this limit and does not hold it.
    if cfg!(target_os = "linux") { lower(Resource::As, MEMORY, MEMORY) } else { Ok(()) }
}

/// Sets a limit and what it can be raised to, unless these are lower already.
fn lower(resource: Resource, limit: u64, maximum: u64) -> io::Result<()> {
    let most = getrlimit(resource).maximum;
    let [limit, maximum] = [limit, maximum].map(|limit| Some(most.map_or(limit, |most| most.min(limit))));
    Ok(setrlimit(resource, Rlimit { current: limit, maximum })?)
}

/// Gives up files, network and processes, as far as the kernel allows; what it does not is missing in [`check`].
pub fn give_up_access() {
    #[cfg(target_os = "linux")]
    {
        let _ = linux::landlock();
        let _ = linux::seccomp();
    }
}

/// Tries what must not be possible.
pub fn check() -> Restrictions {
    let is_denied =
        |outcome: io::Result<()>| outcome.is_err_and(|error| error.kind() == io::ErrorKind::PermissionDenied);
    let process =
        || Command::new("true").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    Restrictions {
        memory: getrlimit(Resource::As).current.is_some_and(|most| most <= MEMORY),
        files: is_denied(File::open("/").map(drop)),
        network: is_denied(std::net::TcpListener::bind("127.0.0.1:0").map(drop)),
        processes: is_denied(process().and_then(|mut process| process.wait()).map(drop)),
    }
}

#[cfg(target_os = "linux")]
mod linux {
    use std::collections::BTreeMap;

    use landlock::{ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, Ruleset, RulesetAttr, Scope};
    use seccompiler::{
        BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
        SeccompRule, TargetArch,
    };

    type Error = Box<dyn std::error::Error>;

    /// Denies every access to files and network that this kernel can deny.
    pub fn landlock() -> Result<(), Error> {
        let abi = ABI::V6;
        Ruleset::default()
            .set_compatibility(CompatLevel::BestEffort)
            .handle_access(AccessFs::from_all(abi))?
            .handle_access(AccessNet::from_all(abi))?
            .scope(Scope::from_all(abi))?
            .create()?
            .restrict_self()?;
        Ok(())
    }

    /// System calls that parsing needs: reading and writing what is open, memory, the clock, and ending. The others
    /// answer "permission denied".
    const ALLOWED: &[libc::c_long] = &[
        libc::SYS_read,
        libc::SYS_readv,
        libc::SYS_write,
        libc::SYS_writev,
        libc::SYS_close,
        libc::SYS_fstat,
        libc::SYS_lseek,
        libc::SYS_mmap,
        libc::SYS_munmap,
        libc::SYS_mremap,
        libc::SYS_mprotect,
        libc::SYS_madvise,
        libc::SYS_brk,
        libc::SYS_futex,
        libc::SYS_sched_yield,
        libc::SYS_sched_getaffinity,
        libc::SYS_clock_gettime,
        libc::SYS_gettimeofday,
        libc::SYS_getrandom,
        libc::SYS_getpid,
        libc::SYS_gettid,
        libc::SYS_sigaltstack,
        libc::SYS_rt_sigaction,
        libc::SYS_rt_sigprocmask,
        libc::SYS_rt_sigreturn,
        libc::SYS_restart_syscall,
        libc::SYS_set_robust_list,
        libc::SYS_rseq,
        libc::SYS_exit,
        libc::SYS_exit_group,
    ];

    /// Denies the calling thread all other system calls, so that no file, socket or process can be opened.
    pub fn seccomp() -> Result<(), Error> {
        let mut rules: BTreeMap<i64, Vec<SeccompRule>> =
            ALLOWED.iter().map(|&call| (call, Vec::new())).collect();
        // An allocation that fails ends the process by a signal to itself, and to nobody else.
        let own = u64::from(std::process::id());
        let to_itself = SeccompCondition::new(0, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, own)?;
        rules.insert(libc::SYS_tgkill, vec![SeccompRule::new(vec![to_itself])?]);
        // It may look at its own limits, and lower them.
        let itself = SeccompCondition::new(0, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, 0)?;
        rules.insert(libc::SYS_prlimit64, vec![SeccompRule::new(vec![itself])?]);
        let denied = SeccompAction::Errno(libc::EACCES as u32);
        let architecture = TargetArch::try_from(std::env::consts::ARCH)?;
        let filter = SeccompFilter::new(rules, denied, SeccompAction::Allow, architecture)?;
        seccompiler::apply_filter(&BpfProgram::try_from(filter)?)?;
        Ok(())
    }
}
