//! Evidence as files: a folder, or a compressed archive. Nothing of what is read is believed before it is checked, its names least.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Component, Path, PathBuf};

use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;

use super::manifest::{FORMAT, MANIFEST, Manifest};
use super::statement::STATEMENT;
use crate::command::CommandError;

/// Files by their names, `/` between the parts.
pub(crate) type Package = BTreeMap<String, Vec<u8>>;

/// So many files are read at most.
const FILES: usize = 500_000;
/// So many bytes are read at most, unpacked.
const BYTES: u64 = 1 << 30;
/// So many hidden names are tried.
const NAMES: usize = 1_000;
/// So many folders lie in each other at most.
const DEPTH: usize = 32;

/// Where evidence is written.
#[derive(Debug)]
pub(crate) struct Place {
    path: PathBuf,
    is_archive: bool,
}

impl Place {
    /// `path`: an archive if its name says so, else a folder.
    ///
    /// # Errors
    /// When something else than evidence is there.
    pub(crate) fn new(path: &Path) -> Result<Self, CommandError> {
        let place = Self { path: path.to_owned(), is_archive: is_archive(path) };
        let refused = |what: &str| {
            Err(CommandError::usage(
                &format!("{} {what}", path.display()),
                "name a new folder, one that holds evidence and nothing else, or a file `NAME.tar.gz`",
            ))
        };
        let Ok(there) = path.symlink_metadata() else { return Ok(place) };
        if place.is_archive {
            return if there.is_file() { Ok(place) } else { refused("is no file") };
        }
        if !path.is_dir() {
            return refused("is no folder");
        }
        let unreadable = |problem: String| CommandError::Output {
            target: path.display().to_string(),
            problem: format!("what is there cannot be read: {problem}"),
        };
        let mut entries = fs::read_dir(path).map_err(|error| unreadable(error.to_string()))?;
        if entries.next().is_none() {
            return Ok(place);
        }
        // Looked at first: a folder of something else may be large.
        let manifest = fs::read(path.join(MANIFEST)).ok();
        let manifest = manifest.and_then(|bytes| serde_json::from_slice::<Manifest>(&bytes).ok());
        let Some(manifest) = manifest.filter(|manifest| manifest.format == FORMAT) else {
            return refused("holds files that are no evidence");
        };
        let held = read_folder(path).map_err(unreadable)?;
        let known: BTreeSet<&str> =
            manifest.files.keys().map(String::as_str).chain([MANIFEST, STATEMENT]).collect();
        match held.keys().find(|name| !known.contains(name.as_str())) {
            Some(other) => refused(&format!("holds {other:?}, which is no part of evidence")),
            None => Ok(place),
        }
    }

    /// Writes `package` there, in place of what evidence was there.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn write(&self, package: &Package) -> Result<(), CommandError> {
        fits(package, BYTES)?;
        let written = if self.is_archive { self.write_archive(package) } else { self.write_folder(package) };
        written.map_err(|error| CommandError::Output {
            target: self.path.display().to_string(),
            problem: error.to_string(),
        })
    }

    fn write_folder(&self, package: &Package) -> io::Result<()> {
        // Beside the old one until all is written: whoever is stopped in the middle leaves no half evidence.
        // A link to a folder stays, and what it leads to is written anew.
        let place = if self.path.exists() { fs::canonicalize(&self.path)? } else { self.path.clone() };
        if let Some(folder) = place.parent() {
            fs::create_dir_all(folder)?;
        }
        let (new, ()) = beside(&place, "new", |path| fs::create_dir(path))?;
        for (name, bytes) in package {
            let path = new.join(name);
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder)?;
            }
            fs::write(path, bytes)?;
        }
        if !place.exists() {
            return fs::rename(&new, &place);
        }
        // The old evidence takes the place of the empty folder.
        let (old, ()) = beside(&place, "old", |path| fs::create_dir(path))?;
        fs::rename(&place, &old)?;
        fs::rename(&new, &place)?;
        fs::remove_dir_all(&old)
    }

    fn write_archive(&self, package: &Package) -> io::Result<()> {
        let (new, file) = beside(&self.path, "new", |path| File::create_new(path))?;
        let mut archive = tar::Builder::new(GzEncoder::new(file, Compression::default()));
        for (name, bytes) in package {
            let mut header = tar::Header::new_gnu();
            header.set_size(bytes.len() as u64);
            header.set_mode(0o644);
            header.set_mtime(0);
            header.set_uid(0);
            header.set_gid(0);
            header.set_entry_type(tar::EntryType::Regular);
            archive.append_data(&mut header, name, bytes.as_slice())?;
        }
        let mut file = archive.into_inner()?.finish()?;
        file.flush()?;
        fs::rename(&new, &self.path)
    }
}

/// Nothing is written that nobody will read.
///
/// # Errors
/// When there is more than is read.
fn fits(package: &Package, most: u64) -> Result<(), CommandError> {
    let bytes: u64 = package.values().map(|bytes| bytes.len() as u64).sum();
    if bytes <= most && package.len() <= FILES {
        return Ok(());
    }
    Err(CommandError::usage(
        &format!(
            "the evidence is {bytes} bytes in {} files, more than `ringfence verify` reads",
            package.len()
        ),
        "leave out --scripts, or ask about fewer principals or guardrails at once",
    ))
}

/// What `make` makes under a hidden name in the same folder that nothing had: what is there is somebody's.
fn beside<T>(path: &Path, word: &str, make: impl Fn(&Path) -> io::Result<T>) -> io::Result<(PathBuf, T)> {
    let name = path.file_name().ok_or_else(|| io::Error::other("the path has no name"))?;
    let mut number = 0_usize;
    loop {
        let tail = if number == 0 { String::new() } else { format!("-{number}") };
        let hidden = path.with_file_name(format!(".{}.{word}{tail}", name.to_string_lossy()));
        match make(&hidden) {
            Ok(made) => return Ok((hidden, made)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && number < NAMES => number += 1,
            Err(error) => return Err(error),
        }
    }
}

fn is_archive(path: &Path) -> bool {
    let ends = |path: &Path, wanted: &str| {
        path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case(wanted))
    };
    ends(path, "tgz") || ends(path, "gz") && path.file_stem().is_some_and(|stem| ends(Path::new(stem), "tar"))
}

/// The files of the evidence at `path`.
///
/// # Errors
/// Why it cannot be read, in words.
pub(crate) fn read(path: &Path) -> Result<Package, String> {
    let found = path.metadata().map_err(|error| error.to_string())?;
    if found.is_dir() {
        return read_folder(path);
    }
    // What is no file may have no end.
    if !found.is_file() {
        return Err("this is neither a file nor a folder".to_owned());
    }
    let file = File::open(path).map_err(|error| error.to_string())?;
    read_archive(file)
}

fn read_folder(root: &Path) -> Result<Package, String> {
    let mut package = Package::new();
    let mut left = BYTES;
    let mut folders = vec![(root.to_owned(), String::new(), 0)];
    while let Some((folder, prefix, depth)) = folders.pop() {
        if depth > DEPTH {
            return Err(format!("more than {DEPTH} folders lie in each other"));
        }
        for entry in fs::read_dir(&folder).map_err(|error| error.to_string())? {
            let entry = entry.map_err(|error| error.to_string())?;
            let name =
                entry.file_name().into_string().map_err(|name| format!("{} is not UTF-8", name.display()))?;
            let name = if prefix.is_empty() { name } else { format!("{prefix}/{name}") };
            let kind = entry.file_type().map_err(|error| error.to_string())?;
            if kind.is_dir() {
                folders.push((entry.path(), name, depth + 1));
            } else if kind.is_file() {
                let file = File::open(entry.path()).map_err(|error| format!("{name:?}: {error}"))?;
                add(&mut package, &name, file, &mut left)?;
            } else {
                return Err(format!("{name:?} is neither a file nor a folder"));
            }
        }
    }
    Ok(package)
}

fn read_archive(file: impl Read) -> Result<Package, String> {
    let broken = |error: io::Error| format!("it is no archive of evidence: {error}");
    let mut package = Package::new();
    let mut left = BYTES;
    // What is no entry counts as well: headers may be as long as files.
    let mut archive = tar::Archive::new(MultiGzDecoder::new(file).take(2 * BYTES));
    // Entries that only tell of the next one, such as long names, are refused as well: none of ours needs one, and they may be as long as all memory.
    for entry in archive.entries().map_err(broken)?.raw(true) {
        let entry = entry.map_err(broken)?;
        let path = entry.path().map_err(broken)?.into_owned();
        let name = plain_name(&path)
            .ok_or_else(|| format!("{:?} is no name of a part of evidence", path.to_string_lossy()))?;
        if !entry.header().entry_type().is_file() {
            return Err(format!("{name:?} is no file"));
        }
        add(&mut package, &name, entry, &mut left)?;
    }
    // An archive ends with zeros.
    let mut rest = archive.into_inner();
    let mut bytes = vec![0; 1 << 16];
    loop {
        match rest.read(&mut bytes).map_err(broken)? {
            0 => return Ok(package),
            count if bytes.iter().take(count).any(|byte| *byte != 0) => {
                return Err("something follows after the end of the archive".to_owned());
            }
            _ => {}
        }
    }
}

/// `path` with `/` between its parts, if it names something below where it starts.
fn plain_name(path: &Path) -> Option<String> {
    let parts: Option<Vec<&str>> = path
        .components()
        .map(|part| match part {
            Component::Normal(part) => part.to_str(),
            Component::Prefix(_) | Component::RootDir | Component::CurDir | Component::ParentDir => None,
        })
        .collect();
    parts.filter(|parts| !parts.is_empty()).map(|parts| parts.join("/"))
}

fn add(package: &mut Package, name: &str, file: impl Read, left: &mut u64) -> Result<(), String> {
    if package.len() >= FILES {
        return Err(format!("it holds more than {FILES} files"));
    }
    let mut bytes = Vec::new();
    file.take(left.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(|error| format!("{name:?}: {error}"))?;
    *left = left
        .checked_sub(bytes.len() as u64)
        .ok_or_else(|| format!("it holds more than {} GiB", BYTES >> 30))?;
    if package.insert(name.to_owned(), bytes).is_some() {
        return Err(format!("{name:?} is there twice"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::{fits, read_archive};

    fn archive(entries: &[(&str, tar::EntryType, &[u8])]) -> Vec<u8> {
        let mut builder = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::default()));
        for (name, kind, bytes) in entries {
            let mut header = tar::Header::new_gnu();
            // As somebody would write it who means harm: the library refuses such names.
            header.as_gnu_mut().unwrap().name[..name.len()].copy_from_slice(name.as_bytes());
            header.set_size(bytes.len() as u64);
            header.set_entry_type(*kind);
            header.set_cksum();
            builder.append(&header, *bytes).unwrap();
        }
        builder.into_inner().unwrap().finish().unwrap()
    }

    #[test]
    fn more_than_is_read_is_not_written() {
        let package = [("a".to_owned(), vec![0; 10])].into();
        assert!(fits(&package, 10).is_ok());
        assert!(fits(&package, 9).unwrap_err().to_string().contains("more than `ringfence verify` reads"));
    }

    #[test]
    fn archives_hold_plain_files_below_where_they_start_and_each_once() {
        use tar::EntryType::{Directory, GNULongName, Link, Regular, Symlink};
        let read = |entries: &[(&str, tar::EntryType, &[u8])]| read_archive(archive(entries).as_slice());
        let good = read(&[("a/b.json", Regular, b"{}"), ("c", Regular, b"")]).unwrap();
        assert_eq!(good.keys().collect::<Vec<_>>(), ["a/b.json", "c"]);
        for name in ["../a", "/etc/passwd", "a/../../b", "."] {
            assert!(read(&[(name, Regular, b"x")]).unwrap_err().contains("no name of a part"), "{name}");
        }
        for kind in [Symlink, Link, Directory, GNULongName] {
            assert!(read(&[("a", kind, b"")]).unwrap_err().contains("is no file"), "{kind:?}");
        }
        assert!(read(&[("a", Regular, b"1"), ("a", Regular, b"2")]).unwrap_err().contains("is there twice"));
        let whole = archive(&[("a", Regular, b"1")]);
        let twice = [whole.as_slice(), archive(&[("b", Regular, b"2")]).as_slice()].concat();
        assert!(read_archive(twice.as_slice()).unwrap_err().contains("something follows"));
        assert!(read_archive([whole.as_slice(), b"junk"].concat().as_slice()).is_err());
        let cut = archive(&[("a", Regular, &[7; 4_000])]);
        assert!(read_archive(&cut[..cut.len() / 2]).unwrap_err().contains("no archive of evidence"));
    }
}
