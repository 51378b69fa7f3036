//! Drops the child's privileges before it reads a byte. Processor time and core files are limited on all
//! systems; memory, files, network and processes are restricted on Linux, as far as its kernel allows.
//! `docs/reliability.md` lists what is missing on other systems, and [`check`] reports it.

use std::fs::File;
use std::io::{self, Write};
use std::process::{Command, Stdio};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use super::{MEMORY, Restrictions};

/// Reserves standard output for replies: from now on, a library that prints writes to standard error.
///
/// # Errors
/// If the operating system has no more file descriptors.
pub fn private_output() -> io::Result<impl Write + Send + 'static> {
    let output = rustix::io::dup(rustix::stdio::stdout())?;
    rustix::stdio::dup2_stdout(rustix::stdio::stderr())?;
    Ok(File::from(output))
}

/// Limits processor time and memory, and turns off core files.
///
/// # Errors
/// If the operating system refuses a limit.
pub fn limit_resources(cpu_seconds: u64) -> io::Result<()> {
    lower(Resource::Core, 0, 0)?;
    // The soft limit ends the process with a signal that identifies the limit; the hard limit with one that does not.
    lower(Resource::Cpu, cpu_seconds, cpu_seconds + 1)?;
    // macOS accepts this limit but does not enforce it.
    if cfg!(target_os = "linux") { lower(Resource::As, MEMORY, MEMORY) } else { Ok(()) }
}

/// Sets the soft and the hard limit, unless they are already lower.
fn lower(resource: Resource, limit: u64, maximum: u64) -> io::Result<()> {
    let most = getrlimit(resource).maximum;
    let [limit, maximum] = [limit, maximum].map(|limit| Some(most.map_or(limit, |most| most.min(limit))));
    Ok(setrlimit(resource, Rlimit { current: limit, maximum })?)
}

/// Gives up access to files, network and processes, as far as the kernel allows. [`check`] reports what is missing.
pub fn give_up_access() {
    #[cfg(target_os = "linux")]
    {
        let _ = linux::landlock();
        let _ = linux::seccomp();
    }
}

/// Attempts each forbidden action, and returns which restrictions hold.
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

    /// Denies all access to files and network that this kernel can deny.
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

    /// The system calls that parsing needs: for open files, memory, the clock and exiting. The others fail with
    /// "permission denied".
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
        // After a failed allocation, the process ends itself with a signal. It can signal no other process.
        let own = u64::from(std::process::id());
        let to_itself = SeccompCondition::new(0, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, own)?;
        rules.insert(libc::SYS_tgkill, vec![SeccompRule::new(vec![to_itself])?]);
        // It can read its own limits and lower them.
        let itself = SeccompCondition::new(0, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, 0)?;
        rules.insert(libc::SYS_prlimit64, vec![SeccompRule::new(vec![itself])?]);
        let denied = SeccompAction::Errno(libc::EACCES as u32);
        let architecture = TargetArch::try_from(std::env::consts::ARCH)?;
        let filter = SeccompFilter::new(rules, denied, SeccompAction::Allow, architecture)?;
        seccompiler::apply_filter(&BpfProgram::try_from(filter)?)?;
        Ok(())
    }
}
