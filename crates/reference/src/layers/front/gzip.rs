//! The form of gzip without its savings: blocks that are stored as they are. Whoever can read gzip can read it.

/// The longest block.
const BLOCK: usize = 65_535;

/// The bytes as a gzip file.
pub(super) fn gzip(bytes: &[u8]) -> Vec<u8> {
    // Deflate, no flags, no time, no level, no system.
    let mut file = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    let mut blocks = bytes.chunks(BLOCK).peekable();
    if blocks.peek().is_none() {
        stored(&mut file, &[], true);
    }
    while let Some(block) = blocks.next() {
        stored(&mut file, block, blocks.peek().is_none());
    }
    file.extend(crc32(bytes).to_le_bytes());
    let length = u32::try_from(bytes.len()).unwrap_or_default();
    file.extend(length.to_le_bytes());
    file
}

fn stored(file: &mut Vec<u8>, block: &[u8], last: bool) {
    let length = u16::try_from(block.len()).unwrap_or_default();
    file.push(u8::from(last));
    file.extend(length.to_le_bytes());
    file.extend((!length).to_le_bytes());
    file.extend(block);
}

fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32, byte: &u8| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            if crc & 1 == 1 {
                crc >> 1 ^ 0xedb8_8320
            } else {
                crc >> 1
            }
        })
    };
    !bytes.iter().fold(u32::MAX, step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_the_known_one_and_long_texts_take_several_blocks() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        let long = vec![b'a'; BLOCK + 1];
        let file = gzip(&long);
        assert_eq!(file.len(), 10 + 2 * 5 + long.len() + 8);
        assert_eq!((file[10], file[10 + 5 + BLOCK]), (0, 1));
    }
}
