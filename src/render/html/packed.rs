//! Parts of the page that are packed: what all cases sent and saw has a megabyte, and most of it nobody ever looks at. A
//! browser unpacks them when they are asked for (`page.js`), and whoever looks for secrets in a page does so here.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use miniz_oxide::deflate::compress_to_vec_zlib;
use miniz_oxide::inflate::decompress_to_vec_zlib;
use std::borrow::Cow;

/// What a packed part stands behind, as `page.html` has it.
const START: &str = "data-packed=\"";

/// Beyond this a little room is gained at the cost of much time.
const LEVEL: u8 = 6;

/// Packs a part of the page.
pub(super) fn packed(markup: &str) -> String {
    BASE64_STANDARD.encode(compress_to_vec_zlib(markup.as_bytes(), LEVEL))
}

/// A text with whatever is packed in it unpacked, so that all of it can be read; any other text as it is.
pub fn unpacked(text: &str) -> Cow<'_, str> {
    if !text.contains(START) {
        return text.into();
    }
    let mut parts = text.split(START);
    let mut whole = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (packed, rest) = part.split_once('"').unwrap_or((part, ""));
        let bytes = BASE64_STANDARD.decode(packed).ok();
        let markup = bytes.and_then(|it| decompress_to_vec_zlib(&it).ok());
        match markup {
            Some(markup) => whole.push_str(&String::from_utf8_lossy(&markup)),
            None => whole.push_str(packed),
        }
        whole.push_str(rest);
    }
    whole.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_can_be_read_again() {
        let page = format!("<a><b {START}{}\"></b>", packed("<i>é</i>"));
        assert_eq!(unpacked(&page), "<a><b <i>é</i>></b>");
        assert_eq!(unpacked("<a>"), "<a>");
        assert_eq!(unpacked(&format!("{START}no\"")), "no");
    }
}
