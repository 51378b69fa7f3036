//! Validation of bodies against Discord's OpenAPI document.
//!
//! The document is not part of the repository: the environment variable [`VARIABLE`] names it. If the variable is set,
//! every double also validates the bodies that it checks, and a file that cannot be read fails the test.
//! `tests/openapi.rs` fails without it.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{LazyLock, Mutex};

use jsonschema::{Draft, Validator};
use serde_json::{Value, json};

/// The environment variable that names the document.
pub const VARIABLE: &str = "DISCORD_OPENAPI";

/// The document, with a validator for each body that was validated.
pub struct Document {
    paths: Value,
    components: Value,
    validators: Mutex<HashMap<String, Option<&'static Validator>>>,
}

/// The document that the environment variable names, if it is set.
///
/// # Panics
/// If the document cannot be read.
pub fn named() -> Option<&'static Document> {
    static DOCUMENT: LazyLock<Option<Document>> =
        LazyLock::new(|| std::env::var_os(VARIABLE).map(|path| Document::read(Path::new(&path))));
    DOCUMENT.as_ref()
}

/// Validates a body against the document that the environment variable names; see [`Document::validate`].
///
/// # Panics
/// If the variable is not set.
pub fn validate(route: &str, method: &str, body: &Value) -> Vec<String> {
    let document = named().unwrap_or_else(|| panic!("{VARIABLE} must name Discord's openapi.json"));
    document.validate(route, method, body)
}

impl Document {
    /// Reads a document.
    ///
    /// # Panics
    /// If the file does not exist or is not an OpenAPI document.
    pub fn read(path: &Path) -> Self {
        let text = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let document: Value =
            serde_json::from_slice(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let [paths, components] = ["paths", "components"].map(|name| document[name].clone());
        assert!(paths.is_object() && components.is_object(), "{}: no OpenAPI document", path.display());
        Self { paths, components, validators: Mutex::new(HashMap::new()) }
    }

    /// Returns what is wrong with a body. A route or method that the document does not have is also an error. The route
    /// can contain ids, such as `/channels/1/messages`.
    pub fn validate(&self, route: &str, method: &str, body: &Value) -> Vec<String> {
        let Some(template) = self.template(route, method) else {
            return vec![format!("openapi: {method} {route} is not in the document")];
        };
        let Some(validator) = self.validator(&template, method) else {
            return vec![format!("openapi: {method} {template} takes no body")];
        };
        let sent = as_documented(body);
        validator
            .iter_errors(&sent)
            .map(|error| format!("openapi: {}: {error}", error.instance_path()))
            .collect()
    }

    /// The path in the document that matches a route, with the fewest parameters.
    fn template(&self, route: &str, method: &str) -> Option<String> {
        let parts: Vec<&str> = route.split('/').collect();
        let is_parameter = |part: &&str| part.starts_with('{');
        let is_like = |template: &str| {
            let wanted: Vec<&str> = template.split('/').collect();
            wanted.len() == parts.len()
                && wanted.iter().zip(&parts).all(|(wanted, part)| is_parameter(wanted) || wanted == part)
        };
        let all = self.paths.as_object()?.iter();
        let fitting = all
            .filter(|(template, path)| is_like(template) && path.get(method.to_ascii_lowercase()).is_some());
        let best = fitting.min_by_key(|(template, _)| template.split('/').filter(is_parameter).count());
        best.map(|(template, _)| template.clone())
    }

    fn validator(&self, template: &str, method: &str) -> Option<&'static Validator> {
        let mut known = self.validators.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        *known.entry(format!("{method} {template}")).or_insert_with(|| {
            let operation = &self.paths[template][method.to_ascii_lowercase()];
            let schema = operation["requestBody"]["content"]["application/json"].get("schema")?;
            // References such as `#/components/schemas/RichEmbed` are resolved in the schema itself.
            let whole = json!({ "allOf": [schema], "components": self.components });
            let validator = jsonschema::options().with_draft(Draft::Draft202012).build(&whole);
            let validator = validator.unwrap_or_else(|error| panic!("{method} {template}: {error}"));
            // Leaks at most one validator per route, for the duration of the tests.
            Some(Box::leak(Box::new(validator)))
        })
    }
}

/// Converts a body to the form that the document expects where the document is stricter than Discord's documentation:
/// permissions are a number in the document, but a number written as a string in the documentation.
fn as_documented(body: &Value) -> Value {
    let mut sent = body.clone();
    let commands = match &mut sent {
        Value::Array(commands) => commands.iter_mut().collect(),
        other => vec![other],
    };
    for command in commands {
        let bits = command["default_member_permissions"].as_str().and_then(|bits| bits.parse::<u64>().ok());
        if let Some(bits) = bits {
            command["default_member_permissions"] = json!(bits);
        }
    }
    sent
}
