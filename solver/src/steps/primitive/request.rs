//! How the table writes a request.

use ringfence_model::context::ContextKey;

use super::{Asked, On, Said};

/// A request as written: `service:Action @WORD {key=word, …}`.
pub(super) fn request(text: &str) -> Option<Asked> {
    let (text, keys) = match text.split_once('{') {
        None => (text, ""),
        Some((front, rest)) => (front, rest.trim_end().strip_suffix('}')?),
    };
    let mut words = text.split_whitespace();
    let action = words.next()?;
    let (mut on, mut of_type, mut also, mut usually) = (On::Any, None, Vec::new(), Vec::new());
    let mut further = false;
    for word in words {
        match (word, word.split_at_checked(1)?) {
            ("@X", _) => on = On::Target,
            ("@resource", _) => on = On::Resource,
            ("@new", _) => on = On::New,
            ("@P", _) => on = On::Policy,
            ("@test-alias", _) => on = On::TestAlias,
            ("+further", _) => further = true,
            (_, ("@", named)) if named.contains(':') => of_type = Some(named.to_owned()),
            (_, ("+", named)) if named.contains(':') => also.push(named.to_owned()),
            (_, ("~", named)) if named.contains(':') => usually.push(named.to_owned()),
            _ => return None,
        }
    }
    if !action.contains(':') {
        return None;
    }
    let (action, uncatalogued) = match action.strip_suffix('?') {
        Some(name) => (name, true),
        None => (action, false),
    };
    let keys =
        keys.split(',').map(str::trim).filter(|key| !key.is_empty()).map(key).collect::<Option<_>>()?;
    Some(Asked {
        action: action.to_owned(),
        uncatalogued,
        on,
        of_type,
        also,
        usually,
        further,
        keys,
        number: 0,
    })
}

fn key(text: &str) -> Option<(ContextKey, Said)> {
    if let Some((name, word)) = text.split_once('~') {
        let quoted = word.trim().strip_prefix('"')?.strip_suffix('"')?;
        return Some((ContextKey::new(name.trim()), Said::InPaths(quoted.to_owned())));
    }
    let (name, word) = text.split_once('=')?;
    let said = match word.trim() {
        "current" => Said::Current,
        "requested" => Said::Requested,
        "P" => Said::Policy,
        "service" => Said::Service,
        quoted => Said::Text(quoted.strip_prefix('"')?.strip_suffix('"')?.to_owned()),
    };
    Some((ContextKey::new(name.trim()), said))
}
