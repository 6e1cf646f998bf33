//! What is said about evidence by whoever made it: an in-toto statement (v1, predicate test-result v0.1) in a DSSE envelope, signed where a key was
//! given. Its subjects are the inputs, so that it can be looked up by the digest of a policy.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::pkcs8::{DecodePrivateKey, DecodePublicKey, EncodePublicKey};
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::archive::Package;
use super::inputs::Inputs;
use super::manifest::{BASIS, MANIFEST};
use super::package::UNPROVED;
use crate::input::digest;
use crate::output::json::pretty;

/// The name of the file.
pub(crate) const STATEMENT: &str = "statement.dsse.json";
/// What the envelope holds.
const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";
const STATEMENT_TYPE: &str = "https://in-toto.io/Statement/v1";
const PREDICATE_TYPE: &str = "https://in-toto.io/attestation/test-result/v0.1";

/// How the verdicts on one question are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum TestOutcome {
    /// All of them are proofs.
    Passed,
    /// Some are open, and none is refuted.
    Warned,
    /// Some are refuted.
    Failed,
}

impl TestOutcome {
    /// In a word.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Warned => "open",
            Self::Failed => "failed",
        }
    }
}

/// A DSSE envelope.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Envelope {
    payload: String,
    payload_type: String,
    signatures: Vec<EnvelopeSignature>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct EnvelopeSignature {
    keyid: String,
    sig: String,
}

/// What is known of the signatures of a statement.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Signatures {
    /// How many there are. Which keys they name is nothing that is known.
    pub(crate) count: usize,
    /// The given key signed it.
    pub(crate) by_given_key: bool,
}

/// The statement about the evidence in `package`. `questions` are what was asked, each with its outcome.
pub(crate) fn statement(package: &Package, inputs: &Inputs, questions: &[(String, TestOutcome)]) -> Vec<u8> {
    let subject: Vec<Value> = inputs
        .files
        .iter()
        .map(|(name, input)| json!({ "name": name, "digest": { "sha256": input.sha256 } }))
        .collect();
    let manifest = package.get(MANIFEST).map(|bytes| digest(bytes)).unwrap_or_default();
    let basis = package.get(BASIS).map(|bytes| digest(bytes)).unwrap_or_default();
    // A run that read no file is about what was asked.
    let subject = if subject.is_empty() {
        vec![json!({ "name": BASIS, "digest": { "sha256": basis } })]
    } else {
        subject
    };
    // What is only believed is no pass, nor is what asks nothing.
    let least = if package.contains_key(UNPROVED) { TestOutcome::Warned } else { TestOutcome::Passed };
    let questions: Vec<(&str, TestOutcome)> =
        questions.iter().map(|(name, outcome)| (name.as_str(), (*outcome).max(least))).collect();
    let worst = questions.iter().map(|(_, outcome)| *outcome).max().unwrap_or(TestOutcome::Warned);
    let of = |outcome: TestOutcome| -> Vec<&str> {
        questions.iter().filter(|(_, found)| *found == outcome).map(|(name, _)| *name).collect()
    };
    let statement = json!({
        "_type": STATEMENT_TYPE,
        "subject": subject,
        "predicateType": PREDICATE_TYPE,
        "predicate": {
            "result": match worst {
                TestOutcome::Passed => "PASSED",
                TestOutcome::Warned => "WARNED",
                TestOutcome::Failed => "FAILED",
            },
            "configuration": [
                { "name": MANIFEST, "digest": { "sha256": manifest } },
                { "name": BASIS, "digest": { "sha256": basis } },
            ],
            "passedTests": of(TestOutcome::Passed),
            "warnedTests": of(TestOutcome::Warned),
            "failedTests": of(TestOutcome::Failed),
        },
    });
    serde_json::to_vec(&statement).unwrap_or_default()
}

/// The statement in its envelope, signed by `key` if there is one.
pub(crate) fn envelope(statement: &[u8], key: Option<&SigningKey>) -> Vec<u8> {
    let signatures = key.map(|key| EnvelopeSignature {
        keyid: key_id(&key.verifying_key()),
        sig: STANDARD.encode(key.sign(&signed_bytes(statement)).to_bytes()),
    });
    pretty(&Envelope {
        payload: STANDARD.encode(statement),
        payload_type: PAYLOAD_TYPE.to_owned(),
        signatures: signatures.into_iter().collect(),
    })
    .into_bytes()
}

/// What is signed: the pre-authentication encoding of DSSE, which holds the type of the payload too.
fn signed_bytes(payload: &[u8]) -> Vec<u8> {
    let head = format!("DSSEv1 {} {PAYLOAD_TYPE} {} ", PAYLOAD_TYPE.len(), payload.len());
    [head.as_bytes(), payload].concat()
}

/// SHA-256 of the public key in its DER form.
fn key_id(key: &VerifyingKey) -> String {
    key.to_public_key_der().map(|der| digest(der.as_bytes())).unwrap_or_default()
}

/// The private key in PEM (PKCS #8), as `openssl genpkey -algorithm ed25519` writes it.
///
/// # Errors
/// That it is none.
pub(crate) fn signing_key(text: &str) -> Result<SigningKey, String> {
    SigningKey::from_pkcs8_pem(text)
        .map_err(|error| format!("this is no private Ed25519 key in PEM: {error}"))
}

/// The public key in PEM, as `openssl pkey -pubout` writes it.
///
/// # Errors
/// That it is none.
pub(crate) fn public_key(text: &str) -> Result<VerifyingKey, String> {
    VerifyingKey::from_public_key_pem(text)
        .map_err(|error| format!("this is no public Ed25519 key in PEM: {error}"))
}

/// Checks that the envelope holds `statement`, and its signatures by `key`.
///
/// # Errors
/// Why it is not accepted.
pub(crate) fn check(file: &[u8], statement: &[u8], key: Option<&VerifyingKey>) -> Result<Signatures, String> {
    let unreadable = |error: serde_json::Error| format!("{STATEMENT} cannot be read: {error}");
    let envelope: Envelope = serde_json::from_slice(file).map_err(unreadable)?;
    // Nothing can hide in another spelling of the same.
    if pretty(&envelope).as_bytes() != file {
        return Err(format!("{STATEMENT} is not written as it would be"));
    }
    if envelope.payload_type != PAYLOAD_TYPE {
        return Err(format!("{STATEMENT} holds {:?}, which is no in-toto statement", envelope.payload_type));
    }
    let payload = STANDARD.decode(&envelope.payload);
    let payload = payload.map_err(|error| format!("the payload of {STATEMENT} is not Base64: {error}"))?;
    if payload != statement {
        return Err(format!("{STATEMENT} says something else than follows from the evidence"));
    }
    let mut signatures = Signatures { count: envelope.signatures.len(), by_given_key: false };
    let Some(key) = key else { return Ok(signatures) };
    let signed = signed_bytes(&payload);
    for signature in &envelope.signatures {
        let bytes = STANDARD.decode(&signature.sig).ok();
        let own = bytes.and_then(|bytes| Signature::from_slice(&bytes).ok());
        let holds = own.is_some_and(|own| key.verify_strict(&signed, &own).is_ok());
        signatures.by_given_key |= holds;
        if !holds && signature.keyid == key_id(key) {
            return Err(format!("a signature of {STATEMENT} by the given key does not hold"));
        }
    }
    if signatures.by_given_key {
        Ok(signatures)
    } else {
        Err(format!("{STATEMENT} is not signed by the given key"))
    }
}
