//! Rules that neither Cargo nor Clippy can check: who can create a quote, who can cut a text by a span, that the core
//! has no global state, and that no machine-specific path is in the repository. The layers are crates, and each crate
//! lists its libraries; Clippy keeps the clock out of the core (`crates/verbatim-core/clippy.toml`).

use std::fs;
use std::path::{Path, PathBuf};

use quote::ToTokens;
use syn::visit::{self, Visit};

/// Types that are created at only one place in one file, and that file.
const SEALED: &[(&str, &str)] = &[
    ("Quote", "crates/verbatim-core/src/knowledge/document.rs"),
    ("Reply", "crates/verbatim-core/src/answer/reply.rs"),
    ("Triaged", "crates/verbatim-core/src/engine/triage.rs"),
    ("WithheldList", "crates/verbatim-core/src/engine/withholding.rs"),
    ("ServedSnapshot", "crates/verbatim-core/src/engine/withholding.rs"),
];

/// Larger files are data; nobody writes a path into them by hand.
const LARGEST_READ: u64 = 1 << 20;

#[test]
fn quotes_and_replies_are_made_in_one_place() {
    let found: Vec<String> = sources().iter().flat_map(|(path, text)| made(path, text)).collect();
    assert!(
        found.is_empty(),
        "Get quotes from `Document::quote`, replies from `Reply::new`, triaged messages from `Engine::triage`, withheld \
         passages from `withholding::known`.\n{}",
        found.join("\n")
    );
    for (name, home) in SEALED {
        let text = fs::read_to_string(root().join(home)).expect("the file of a sealed type is readable");
        assert_eq!(unsealed(&text, name), Vec::<String>::new(), "{home}");
    }
}

#[test]
fn spans_are_cut_in_one_place() {
    let others = sources().into_iter().filter(|(path, _)| !path.contains("/text/"));
    let found: Vec<String> = others.flat_map(|(path, text)| cuts(&path, &text)).collect();
    assert!(found.is_empty(), "Use `span.of(text)` or `span.get(text)`.\n{}", found.join("\n"));
}

#[test]
fn the_core_has_no_global_state() {
    let core = sources().into_iter().filter(|(path, _)| path.starts_with("crates/verbatim-core/"));
    let found: Vec<String> = core.flat_map(|(path, text)| globals(&path, &text)).collect();
    assert!(
        found.is_empty(),
        "Put it into a struct that is passed in; only compiled patterns may be global, as `LazyLock<Regex>`.\n{}",
        found.join("\n")
    );
}

#[test]
fn no_path_of_one_machine_is_written_down() {
    let ignored = fs::read_to_string(root().join(".gitignore")).expect(".gitignore can be read");
    let ignored = |file: &Path| ignored.lines().any(|line| file.ends_with(line.trim_matches('/')));
    let tops = listing(root())
        .into_iter()
        .filter(|top| ![".git", "index"].iter().any(|name| top.ends_with(name)) && !ignored(top));
    let small = |file: &PathBuf| fs::metadata(file).is_ok_and(|data| data.len() <= LARGEST_READ);
    let files = tops.flat_map(|top| files(&top)).filter(small);
    let texts = files.filter_map(|file| Some((name(&file), fs::read_to_string(&file).ok()?)));
    let found: Vec<String> = texts.flat_map(|(path, text)| machine_paths(&path, &text)).collect();
    assert!(
        found.is_empty(),
        "Make the path relative to the repository, or create it with `mktemp`.\n{}",
        found.join("\n")
    );
}

/// Each rule finds the violations it is meant to find.
#[test]
fn the_rules_can_fail() {
    assert_eq!(made("a.rs", "fn f() -> Quote { Quote { text } }"), ["a.rs: a `Quote` is made in `f`"]);
    assert_eq!(made("a.rs", "struct Quote { text: u8 } fn f() { Quote { text: 1 }; }"), Vec::<String>::new());
    assert_eq!(unsealed("#[derive(Default)] pub struct Quote { pub text: u8 }", "Quote").len(), 3);
    let sealed = "pub struct Quote { text: u8 } impl Quote { fn new() -> Self { Self { text: 1 } } }";
    assert_eq!(unsealed(sealed, "Quote"), [""; 0]);
    assert_eq!(cuts("a.rs", "fn f() { let word = &text[span.range()]; }").len(), 1);
    assert_eq!(cuts("a.rs", "fn f() { text.get(span.start as usize..9); }").len(), 1);
    assert_eq!(globals("a.rs", "static SEEN: Mutex<u8> = x; static WORD: LazyLock<Regex> = y;").len(), 1);
    assert_eq!(machine_paths("a.md", &["see /ro", "ot/x"].concat()).len(), 1);
}

/// What to look for in a file's syntax tree.
struct Walk<'a> {
    path: &'a str,
    own: Vec<String>,
    function: String,
    of: String,
    found: Vec<String>,
    rule: fn(&mut Walk<'_>, &syn::Expr),
}

impl<'ast> Visit<'ast> for Walk<'_> {
    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        let of = std::mem::replace(&mut self.of, item.self_ty.to_token_stream().to_string());
        visit::visit_item_impl(self, item);
        self.of = of;
    }

    fn visit_signature(&mut self, signature: &'ast syn::Signature) {
        self.function = signature.ident.to_string();
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        let is_test =
            item.attrs.iter().any(|attribute| attribute.to_token_stream().to_string().contains("test"));
        if !is_test {
            visit::visit_item_mod(self, item);
        }
    }

    fn visit_expr(&mut self, expression: &'ast syn::Expr) {
        (self.rule)(self, expression);
        visit::visit_expr(self, expression);
    }
}

fn walk(path: &str, text: &str, rule: fn(&mut Walk<'_>, &syn::Expr)) -> Vec<String> {
    let file = syn::parse_file(text).unwrap_or_else(|error| panic!("{path}: {error}"));
    let own = file.items.iter().filter_map(|item| match item {
        // A private type of the same name in another file, such as a line of JSON, is a different type.
        syn::Item::Struct(item) if matches!(item.vis, syn::Visibility::Inherited) => {
            Some(item.ident.to_string())
        }
        _ => None,
    });
    let (function, of, found) = (String::new(), String::new(), Vec::new());
    let mut walk = Walk { path, own: own.collect(), function, of, found, rule };
    walk.visit_file(&file);
    walk.found
}

fn made(path: &str, text: &str) -> Vec<String> {
    walk(path, text, |walk, expression| {
        let syn::Expr::Struct(literal) = expression else { return };
        let last = literal.path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default();
        let name = if last == "Self" { walk.of.clone() } else { last };
        let sealed = SEALED.iter().any(|(sealed, home)| *sealed == name && *home != walk.path);
        if sealed && !walk.own.contains(&name) {
            walk.found.push(format!("{}: a `{name}` is made in `{}`", walk.path, walk.function));
        }
    })
}

/// Ways to create a type outside the file that defines it.
fn unsealed(text: &str, name: &str) -> Vec<String> {
    let file = syn::parse_file(text).expect("the file of a sealed type is Rust");
    let own = file.items.iter().find_map(|item| match item {
        syn::Item::Struct(item) if item.ident == name => Some(item),
        _ => None,
    });
    let Some(own) = own else { return vec![format!("`{name}` is not defined here any more")] };
    let mut found = Vec::new();
    let open = own.fields.iter().any(|field| !matches!(field.vis, syn::Visibility::Inherited));
    found.extend(open.then(|| format!("`{name}` has a field that others can set")));
    let derived: String = own.attrs.iter().map(|attribute| attribute.to_token_stream().to_string()).collect();
    let makers = ["Deserialize", "Default"].iter().filter(|maker| derived.contains(**maker));
    found.extend(makers.map(|maker| format!("`{name}` can be made by `{maker}`")));
    let all = walk("", text, |walk, expression| {
        if let syn::Expr::Struct(literal) = expression {
            let last =
                literal.path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default();
            walk.found.push(if last == "Self" { walk.of.clone() } else { last });
        }
    });
    let count = all.iter().filter(|made| *made == name).count();
    found.extend((count != 1).then(|| format!("{count} places make a `{name}`")));
    found
}

fn cuts(path: &str, text: &str) -> Vec<String> {
    walk(path, text, |walk, expression| {
        let index = match expression {
            syn::Expr::Index(index) => index.index.to_token_stream().to_string(),
            syn::Expr::MethodCall(call) if call.method == "get" => call.args.to_token_stream().to_string(),
            _ => return,
        };
        if ["span . range ()", "span . start as usize", "span . end as usize"]
            .iter()
            .any(|cut| index.contains(cut))
        {
            walk.found.push(format!("{}: a span is cut by hand in `{}`", walk.path, walk.function));
        }
    })
}

fn globals(path: &str, text: &str) -> Vec<String> {
    let file = syn::parse_file(text).unwrap_or_else(|error| panic!("{path}: {error}"));
    let statics = file.items.iter().filter_map(|item| match item {
        syn::Item::Static(item) => Some((item.ident.to_string(), item.ty.to_token_stream().to_string())),
        syn::Item::Macro(item) => Some((item.mac.path.to_token_stream().to_string(), String::new())),
        _ => None,
    });
    let state = statics.filter(|(name, kind)| kind != "LazyLock < Regex >" && name != "macro_rules");
    state.map(|(name, _)| format!("{path}: `{name}`")).collect()
}

fn machine_paths(path: &str, text: &str) -> Vec<String> {
    // Assembled here so that this file can be searched too.
    let folders = ["work", "root", "tmp"].map(|name| format!("/{name}/"));
    let folders = &folders[..if path.contains("tests/") { 2 } else { 3 }];
    let is_path = |line: &str, folder: &String| {
        line.match_indices(folder)
            .any(|(at, _)| !line[..at].ends_with(|c: char| c.is_alphanumeric() || "._-}~".contains(c)))
    };
    let lines = (1..).zip(text.lines());
    let hits = lines.filter(|(_, line)| folders.iter().any(|folder| is_path(line, folder)));
    hits.map(|(number, _)| format!("{path}:{number}")).collect()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The product's source files with their paths, without test files.
fn sources() -> Vec<(String, String)> {
    let all = ["src", "crates/verbatim-core/src", "crates/verbatim-eval/src"]
        .iter()
        .flat_map(|top| files(&root().join(top)));
    let rust = all.filter(|file| file.extension().is_some_and(|ending| ending == "rs"));
    let named = rust.map(|file| (name(&file), fs::read_to_string(&file).expect("a source file can be read")));
    let sources: Vec<_> =
        named.filter(|(path, _)| !path.ends_with("/tests.rs") && !path.contains("/tests/")).collect();
    assert!(sources.len() > 100, "only {} source files were found", sources.len());
    sources
}

fn name(file: &Path) -> String {
    file.strip_prefix(root()).expect("the file is the repository's").display().to_string()
}

/// The files below `top`, at any depth, except those installed by npm.
fn files(top: &Path) -> Vec<PathBuf> {
    if !top.is_dir() {
        return vec![top.to_owned()];
    }
    let inside = listing(top).into_iter().filter(|path| !path.ends_with("node_modules"));
    inside.flat_map(|path| files(&path)).collect()
}

fn listing(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder can be listed");
    let mut found: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry can be read").path()).collect();
    found.sort();
    found
}
