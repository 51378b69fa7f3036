//! Tests the encoder against the results of the training code, and with damaged files.

use std::fs;
use std::sync::LazyLock;

use super::*;
use crate::model::coefficients::Coefficients;
use crate::model::token_table::{TokenTable, encoded};
use crate::model::vectors::Vectors;

static ENCODER: LazyLock<Encoder> =
    LazyLock::new(|| Encoder::open(&model()).expect("the checkout holds the model"));

/// The training code's results for some texts; see `training/reference.py`.
#[derive(serde::Deserialize)]
struct Reference {
    units: Vec<Unit>,
    messages: Vec<Message>,
}

#[derive(serde::Deserialize)]
struct Unit {
    context: String,
    text: String,
}

#[derive(serde::Deserialize)]
struct Message {
    text: String,
    pieces: usize,
    pooled: Vec<f32>,
    triage: [f32; 4],
    message_type: [f32; 5],
    asking: Vec<f32>,
    scores: Vec<f32>,
}

fn model() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/reader")
}

fn reference() -> Reference {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/reader/reference.json");
    let text = fs::read_to_string(path).expect("the fixture is part of the checkout");
    let reference: Reference = serde_json::from_str(&text).expect("the fixture is JSON");
    assert!(reference.messages.len() >= 10 && reference.units.len() >= 4);
    reference
}

fn units(reference: &Reference) -> Vec<UnitText> {
    let text = |unit: &Unit| UnitText { context: unit.context.clone(), text: unit.text.clone() };
    reference.units.iter().map(text).collect()
}

/// A copy of the model that a test may damage.
fn copy() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for name in [MODEL, TOKENIZER, "decision.toml", "SHA256SUMS"] {
        fs::copy(model().join(name), folder.path().join(name)).expect("a copy");
    }
    folder
}

fn error_of(folder: &Path) -> EncoderError {
    Encoder::open(folder).err().expect("an error")
}

#[track_caller]
fn check_close(found: f32, expected: f32, within: f32, text: &str) {
    assert!((found - expected).abs() <= within, "{text}: {found}, not {expected}");
}

#[test]
fn a_message_is_read_as_the_training_code_reads_it() {
    for expected in reference().messages {
        let reading = ENCODER.read(&expected.text).expect("a reading");
        assert_eq!(reading.tokens.len(), expected.pieces, "{}", expected.text);
        let pooled = Vectors::from_rows([([0; 16], Row::quantise(&expected.pooled))]);
        let cosine = pooled.cosine(&reading.pooled, 0);
        assert!(cosine >= 0.995, "{}: cosine {cosine}", expected.text);
        for (found, expected_asking) in reading.asking.iter().zip(&expected.asking) {
            check_close(*found, *expected_asking, 0.08, &expected.text);
        }
        // A message in several windows gets the triage of the most urgent window.
        if expected.pieces < LONGEST {
            let (triage, kind) = (reading.triage, reading.message_type);
            let found = [triage.none, triage.emergency, triage.self_harm, triage.personal_advice];
            let kinds = [kind.question, kind.statement, kind.small_talk, kind.about_bot, kind.other_language];
            for (found, expected_share) in found.iter().zip(&expected.triage) {
                check_close(*found, *expected_share, 0.02, &expected.text);
            }
            for (found, expected_share) in kinds.iter().zip(&expected.message_type) {
                check_close(*found, *expected_share, 0.02, &expected.text);
            }
        }
    }
}

#[test]
fn a_pair_scores_as_the_training_code_scores_it() {
    let reference = reference();
    let read = ENCODER.read_units(&units(&reference), &mut |_| ()).expect("vectors");
    let tokens: Vec<_> = read.iter().map(|unit| unit.tokens.clone()).collect();
    let table = TokenTable::read(encoded(&tokens)).expect("a table");
    let pooled = Vectors::from_rows(read.into_iter().map(|unit| ([0; 16], unit.pooled)));
    for message in reference.messages {
        let reading = ENCODER.read(&message.text).expect("a reading");
        for (at, expected) in message.scores.iter().enumerate() {
            let cosine = pooled.cosine(&reading.pooled, at);
            let unit = table.unit(at).expect("a unit");
            let found = ENCODER.scoring().compare(&reading.tokens, unit, cosine);
            check_close(found.score, *expected, 0.35, &message.text);
        }
    }
}

#[test]
fn a_batch_gives_the_vectors_of_its_units_in_their_order() {
    let units = units(&reference());
    let many: Vec<UnitText> = units.iter().cycle().take(40).cloned().collect();
    let mut seen = Vec::new();
    let read = ENCODER.read_units(&many, &mut |done| seen.push(done)).expect("vectors");
    assert_eq!(read.len(), many.len());
    for (at, unit) in units.iter().enumerate() {
        let alone = ENCODER.read_units(std::slice::from_ref(unit), &mut |_| ()).expect("vectors");
        for number in (at..many.len()).step_by(units.len()) {
            assert_eq!(read[number].tokens.len(), alone[0].tokens.len());
            let [one, other] = [&read[number], &alone[0]]
                .map(|unit| Vectors::from_rows([([0; 16], unit.pooled.clone())]).row(0));
            let close = Vectors::from_rows([([0; 16], one.expect("a row"))]);
            assert_eq!(close.row(0).is_some(), other.is_some());
        }
    }
    assert!(seen.is_sorted());
    assert_eq!(seen.last(), Some(&many.len()));
    assert!(ENCODER.read_units(&[], &mut |_| ()).expect("no vectors").is_empty());
}

#[test]
fn texts_that_come_at_once_are_read_as_they_are_alone() {
    let texts: Vec<String> = reference().messages.into_iter().map(|message| message.text).collect();
    let alone: Vec<_> = texts.iter().map(|text| ENCODER.read_anew(text).expect("a reading")).collect();
    let together: Vec<Reading> = thread::scope(|scope| {
        let reading: Vec<_> = texts.iter().map(|text| scope.spawn(|| ENCODER.read_anew(text))).collect();
        reading.into_iter().map(|one| one.join().expect("no panic").expect("a reading")).collect()
    });
    for ((text, alone), together) in texts.iter().zip(&alone).zip(&together) {
        assert_eq!(alone.spans, together.spans);
        check_close(together.triage.none, alone.triage.none, 1e-4, text);
    }
}

#[test]
fn any_text_has_a_reading() {
    for text in ["", " ", "\n", "\u{200b}", "\0", &"a".repeat(1 << 17)] {
        let reading = ENCODER.read(text).expect("a reading");
        assert!(reading.tokens.len() <= reading.spans.len());
        assert_eq!(reading.spans.len(), reading.asking.len());
    }
}

#[test]
fn an_alarm_at_the_end_of_a_long_message_is_read() {
    let calm = "We went to the lake on Sunday and had a long walk with the dog, and the weather was lovely. ";
    let alarm = calm.repeat(30) + "I took all of the tablets and I want to die.";
    let urgency = |text: &str| {
        let triage = ENCODER.read(text).expect("a reading").triage;
        triage.emergency + triage.self_harm
    };
    assert!(urgency(&alarm) > 0.5 && urgency(&calm.repeat(30)) < 0.2);
}

#[test]
fn the_id_names_the_model_and_its_digest() {
    let sums = fs::read_to_string(model().join("SHA256SUMS")).expect("digests");
    let of_model = sums.lines().find(|line| line.ends_with(MODEL)).expect("the model's digest");
    let id = ENCODER.id();
    assert!(id.starts_with(NAME) && id.contains(&of_model[..12]), "{id}");
}

#[test]
fn damaged_coefficients_are_named() {
    assert!(Coefficients::open(&model()).is_ok());
    let folder = copy();
    fs::write(folder.path().join("decision.toml"), "[unit]\nbias = 1.0\n").expect("written");
    let error = Coefficients::open(folder.path()).expect_err("an error").to_string();
    assert!(error.contains("decision.toml is damaged"), "{error}");
}

#[test]
fn a_missing_folder_is_named_with_the_remedy() {
    let folder = tempfile::tempdir().expect("a temporary folder").path().join("absent");
    let message = error_of(&folder).to_string();
    assert!(message.contains(&folder.display().to_string()), "{message}");
    assert!(message.contains("restore") && message.contains("`model.name`"), "{message}");
}

#[test]
fn a_missing_file_is_named() {
    for name in [MODEL, TOKENIZER, "SHA256SUMS"] {
        let folder = copy();
        fs::remove_file(folder.path().join(name)).expect("removed");
        let error = error_of(folder.path());
        assert!(matches!(error, EncoderError::Unreadable { .. }), "{error}");
        assert!(error.to_string().contains(name), "{error}");
    }
}

#[test]
fn a_flipped_byte_is_found_wherever_it_is() {
    for (name, place) in [(MODEL, 3), (MODEL, 9_999_999), (TOKENIZER, 200_000)] {
        let folder = copy();
        let path = folder.path().join(name);
        let mut bytes = fs::read(&path).expect("the file");
        bytes[place] ^= 1;
        fs::write(&path, bytes).expect("written");
        let error = error_of(folder.path());
        assert!(matches!(error, EncoderError::Damaged { .. }), "{error}");
        assert!(error.to_string().contains(name), "{error}");
    }
}

#[test]
fn a_truncated_file_is_an_error_even_if_its_digest_is_right() {
    for (name, length) in [(MODEL, 0), (MODEL, 7), (MODEL, 5_000_000), (TOKENIZER, 1000)] {
        let folder = copy();
        let path = folder.path().join(name);
        let bytes = fs::read(&path).expect("the file")[..length].to_vec();
        fs::write(&path, &bytes).expect("written");
        assert!(matches!(error_of(folder.path()), EncoderError::Damaged { .. }));

        let digest = crate::text::digest::sha256(&bytes);
        let sums = fs::read_to_string(model().join("SHA256SUMS")).expect("digests");
        let other = sums.lines().filter(|line| !line.ends_with(name));
        let sums = format!("{digest}  {name}\n{}\n", other.collect::<String>());
        fs::write(folder.path().join("SHA256SUMS"), sums).expect("written");
        let error = error_of(folder.path());
        assert!(matches!(error, EncoderError::Unfit { .. }), "{error}");
    }
}

#[test]
fn digests_that_make_no_sense_are_an_error() {
    for sums in ["", "\0", "é  model.q8.safetensors\né  tokenizer.json\n", "abc  tokenizer.json"] {
        let folder = copy();
        fs::write(folder.path().join("SHA256SUMS"), sums).expect("written");
        assert!(matches!(error_of(folder.path()), EncoderError::Unfit { .. }), "{sums:?}");
    }
}

/// Among texts that are read ahead, one that fails does not cost the others their readings.
#[test]
fn a_text_that_fails_does_not_keep_others_out_of_the_cache() {
    let encoder = Encoder::open(&model()).expect("the checkout holds the model");
    let read = |text: &str| match text {
        "unreadable" => Err(inference("it failed")),
        _ => encoder.read_anew(text),
    };
    encoder.cache_all(&["What is the dose?", "unreadable", "Is it safe?"], read);
    let passes = encoder.passes();
    for text in ["What is the dose?", "Is it safe?"] {
        encoder.read(text).expect("it can be read");
    }
    assert_eq!(encoder.passes(), passes);
    encoder.read("unreadable").expect("it can be read");
    assert_eq!(encoder.passes(), passes + 1, "a failure is not cached");
}
