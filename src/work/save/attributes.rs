//! Giving the new file the owner, mode, ACL and extended attributes of the old one.

use std::fs::File;
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};

use super::target::Existing;

/// Makes `to` look like `from`. The order matters: a change of owner clears the set-id bits, and an ACL changes the
/// group bits of the mode.
///
/// # Errors
/// The first thing that could not be reproduced. Nothing is ever widened: `to` is private to the user until the mode
/// is set, last.
pub(super) fn reproduce(from: &Existing, to: &File) -> io::Result<()> {
    let (wanted, given) = (&from.metadata, to.metadata()?);
    let uid = (wanted.uid() != given.uid()).then_some(wanted.uid());
    let gid = (wanted.gid() != given.gid()).then_some(wanted.gid());
    if uid.is_some() || gid.is_some() {
        std::os::unix::fs::fchown(to, uid, gid)?;
    }
    extended(&from.file, to)?;
    to.set_permissions(std::fs::Permissions::from_mode(wanted.mode() & 0o7777))
}

/// Extended attributes, where the system has them; ACLs are among them on Linux.
#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
fn extended(from: &File, to: &File) -> io::Result<()> {
    use rustix::fs::{XattrFlags, fremovexattr, fsetxattr};
    use std::ffi::CString;

    let wanted = names(from)?;
    for name in &wanted {
        let value = value(from, name)?;
        let name = CString::new(name.as_slice())?;
        if let Err(error) = fsetxattr(to, name.as_c_str(), &value, XattrFlags::empty())
            && self::value(to, name.as_bytes()).ok().as_ref() != Some(&value)
        {
            // Labels that the system gives by itself, as SELinux does, may not be set but are there already.
            return Err(error.into());
        }
    }
    // What the folder gave to the new file (a default ACL) and the old one does not have would widen or narrow it.
    for name in
        names(to)?.into_iter().filter(|name| !wanted.contains(name) && !name.starts_with(b"security."))
    {
        fremovexattr(to, CString::new(name)?.as_c_str())?;
    }
    Ok(())
}

#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
fn names(file: &File) -> io::Result<Vec<Vec<u8>>> {
    use rustix::fs::flistxattr;
    use rustix::io::Errno;

    let list = grow(|room| flistxattr(file, room));
    match list {
        Ok(list) => {
            Ok(list.split(|byte| *byte == 0).filter(|name| !name.is_empty()).map(<[u8]>::to_vec).collect())
        }
        Err(error) if matches!(Errno::from_io_error(&error), Some(Errno::NOTSUP | Errno::NOSYS)) => {
            Ok(Vec::new())
        }
        Err(error) => Err(error),
    }
}

#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
fn value(file: &File, name: &[u8]) -> io::Result<Vec<u8>> {
    let name = std::ffi::CString::new(name)?;
    grow(|room| rustix::fs::fgetxattr(file, name.as_c_str(), room))
}

/// Calls with more and more room until the answer fits; 64 KiB is the most that Linux lets one attribute hold.
#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
fn grow(mut call: impl FnMut(&mut [u8]) -> rustix::io::Result<usize>) -> io::Result<Vec<u8>> {
    let mut room = vec![0; 4096];
    loop {
        match call(&mut room) {
            Ok(len) => {
                room.truncate(len);
                return Ok(room);
            }
            Err(rustix::io::Errno::RANGE) if room.len() < 1 << 20 => room.resize(room.len() * 4, 0),
            Err(error) => return Err(error.into()),
        }
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
fn extended(_: &File, _: &File) -> io::Result<()> {
    Ok(())
}
