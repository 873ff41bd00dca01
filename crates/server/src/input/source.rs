//! Where the bytes of a file of counts come from: a path or standard input, plain, gzip or zstd.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::Path;
use std::rc::Rc;

/// The first bytes of a gzip stream, RFC 1952 section 2.3.1.
const GZIP: [u8; 2] = [0x1f, 0x8b];
/// The first bytes of a zstd frame, RFC 8878 section 3.1.1.
const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// How far a reader is in its file, counted before decompression.
#[derive(Debug, Clone)]
pub struct Position {
    taken: Rc<Cell<u64>>,
    /// Size of the file in bytes, where it is known.
    pub size: Option<u64>,
}

impl Position {
    /// Bytes of the file taken so far.
    pub fn bytes(&self) -> u64 {
        self.taken.get()
    }
}

/// Opens `path` (`-` is standard input) and unpacks it where its first bytes say that it is packed.
pub(super) fn open(path: &Path) -> io::Result<(Box<dyn Read>, Position)> {
    if path.as_os_str() == "-" {
        return unpack(io::stdin(), None);
    }
    let metadata = std::fs::metadata(path)?;
    if metadata.is_dir() {
        return Err(io::Error::other("it is a folder"));
    }
    unpack(File::open(path)?, metadata.is_file().then_some(metadata.len()))
}

/// Unpacks any stream of bytes, which is how tests read from memory.
pub(super) fn unpack(raw: impl Read + 'static, size: Option<u64>) -> io::Result<(Box<dyn Read>, Position)> {
    let taken = Rc::new(Cell::new(0));
    let position = Position {
        taken: Rc::clone(&taken),
        size,
    };
    let mut metered = Metered { raw, taken };
    let mut magic = Vec::with_capacity(4);
    metered.by_ref().take(4).read_to_end(&mut magic)?;
    let (is_gzip, is_zstd) = (magic.starts_with(&GZIP), magic == ZSTD);
    let whole = Cursor::new(magic).chain(metered);
    let reader: Box<dyn Read> = if is_gzip {
        Box::new(flate2::read::MultiGzDecoder::new(whole))
    } else if is_zstd {
        Box::new(zstd::stream::read::Decoder::new(whole)?)
    } else {
        Box::new(whole)
    };
    Ok((reader, position))
}

struct Metered<R> {
    raw: R,
    taken: Rc<Cell<u64>>,
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.raw.read(buffer)?;
        self.taken.set(self.taken.get() + n as u64);
        Ok(n)
    }
}
