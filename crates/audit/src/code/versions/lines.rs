//! Lines of files that may be huge: no more than one of them is ever held, and of that no more than its beginning.

use crate::place::Place;
use crate::walk::File;
use std::io::{BufRead as _, BufReader, Read as _};

/// The most that is kept of a line: no line that decides anything is longer.
const WIDEST: usize = 16 << 10;

/// Calls for each line, which is numbered from 1, until that says false.
pub(super) fn each(file: &File, mut with: impl FnMut(usize, &str) -> bool) -> std::io::Result<()> {
    let mut reader = BufReader::with_capacity(1 << 16, std::fs::File::open(&file.absolute)?);
    let mut line = Vec::new();
    let mut number = 0;
    loop {
        line.clear();
        let read = reader
            .by_ref()
            .take(WIDEST as u64)
            .read_until(b'\n', &mut line)?;
        if read == 0 {
            return Ok(());
        }
        number += 1;
        if line.last() != Some(&b'\n') {
            reader.skip_until(b'\n')?;
        }
        let text = String::from_utf8_lossy(&line);
        let text = text.trim_end_matches(['\n', '\r']);
        let text = if number == 1 {
            text.trim_start_matches('\u{feff}')
        } else {
            text
        };
        if !with(number, text) {
            return Ok(());
        }
    }
}

/// Where this text first stands in a file; its beginning where that cannot be told.
pub(super) fn find(file: &File, wanted: &str) -> Place {
    let mut at = (1, 1);
    let _ = each(file, |line, text| {
        let found = text.find(wanted).and_then(|it| text.get(..it));
        if let Some(before) = found {
            at = (line, before.chars().count() + 1);
        }
        found.is_none()
    });
    Place::File {
        path: file.path.clone(),
        line: at.0,
        column: at.1,
    }
}

/// The place at the beginning of a line, behind what indents it.
pub(super) fn at(file: &File, line: usize, text: &str) -> Place {
    let column = text.chars().take_while(|it| it.is_whitespace()).count() + 1;
    Place::File {
        path: file.path.clone(),
        line,
        column,
    }
}
