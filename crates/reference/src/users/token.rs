//! What a user's requests are let in with: a text that names the client, signed with a key of the custodian.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

/// Makes tokens, and knows them again. Nothing is kept for that: tokens outlive a restart.
#[derive(Clone, Debug)]
pub(crate) struct Tokens {
    key: SecretString,
}

impl Tokens {
    /// With this key, which nobody else may have.
    pub(crate) fn new(key: SecretString) -> Self {
        Self { key }
    }

    /// The token of the user of this client.
    pub(crate) fn of(&self, client: &str) -> String {
        let signature = URL_SAFE_NO_PAD.encode(self.signed(client).finalize().into_bytes());
        format!("{}.{signature}", URL_SAFE_NO_PAD.encode(client))
    }

    /// The client that this token was made for; none if it is not one of ours.
    pub(crate) fn client(&self, token: &str) -> Option<String> {
        let (client, signature) = token.split_once('.')?;
        let client = String::from_utf8(URL_SAFE_NO_PAD.decode(client).ok()?).ok()?;
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        // It compares in constant time.
        self.signed(&client).verify_slice(&signature).ok()?;
        Some(client)
    }

    #[expect(clippy::expect_used, reason = "a key of any length is one")]
    fn signed(&self, client: &str) -> Hmac<Sha256> {
        let key = self.key.expose_secret().as_bytes();
        let mut signed = Hmac::<Sha256>::new_from_slice(key).expect("a key of any length is one");
        // The key is used for other things too: what is signed says what it is.
        signed.update(b"the token of a user: ");
        signed.update(client.as_bytes());
        signed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_known_again_and_no_other_is() {
        let tokens = Tokens::new("key".into());
        let token = tokens.of("a/é");
        assert_eq!(tokens.client(&token), Some("a/é".into()));
        assert_eq!(Tokens::new("other".into()).client(&token), None);
        let (_, signature) = token.split_once('.').unwrap();
        let forged = format!("{}.{signature}", URL_SAFE_NO_PAD.encode("b"));
        for wrong in [
            "",
            ".",
            "a",
            &forged,
            &token[..token.len() - 2],
            &token[1..],
        ] {
            assert_eq!(tokens.client(wrong), None, "{wrong}");
        }
    }
}
