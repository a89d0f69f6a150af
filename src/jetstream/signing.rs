//! Signatures by which a console knows its relay's words from those of any other NATS user.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use nkeys::{KeyPair, KeyPairType};

/// The key of a relay.
pub struct Signer(KeyPair);

impl Signer {
    /// A new key: its seed, which is the secret (`SU…`), and its public half (`U…`).
    pub fn make() -> (String, String) {
        let key = KeyPair::new_user();
        let seed = key.seed().expect("a key that was just made has its seed");
        (seed, key.public_key())
    }

    /// The key of a seed.
    pub fn from_seed(seed: &str) -> Result<Signer, String> {
        let key = KeyPair::from_seed(seed.trim()).ok();
        key.filter(is_user).map(Signer).ok_or_else(|| {
            "The seed of the relay's key is none (SU and 56 more characters); make a new one."
                .into()
        })
    }

    /// The public half, for the consoles' settings.
    pub fn public_key(&self) -> String {
        self.0.public_key()
    }

    pub(super) fn sign(&self, words: &[u8]) -> String {
        let signed = self.0.sign(words);
        STANDARD.encode(signed.expect("a signer was made from its seed"))
    }
}

/// The public half of a relay's key.
pub struct Verifier(KeyPair);

impl Verifier {
    /// The verifier of a public key.
    pub fn from_key(key: &str) -> Result<Verifier, String> {
        let key = KeyPair::from_public_key(key.trim()).ok();
        key.filter(is_user).map(Verifier).ok_or_else(|| {
            "The public key of the relay is none (U and 55 more characters); copy it from the relay.".into()
        })
    }

    pub(super) fn holds(&self, words: &[u8], signature: &str) -> bool {
        let signature = STANDARD.decode(signature).ok();
        signature.is_some_and(|signature| self.0.verify(words, &signature).is_ok())
    }
}

fn is_user(key: &KeyPair) -> bool {
    matches!(key.key_pair_type(), KeyPairType::User)
}
