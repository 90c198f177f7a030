//! What the templates become, and which are refused.

use super::*;
use rstest::rstest;
use serde_json::{Value, json};

/// What every place must escape.
const METHOD: &str = "a/b?c&d\"e\\f";
const CIPHER: &str = "q+r/s=";

const EXAMPLE: &str = r#"
[user-share]
told-by = "app"
[user-share.store]
method = "PUT"
path = "/users/{user}/backup-share"
headers = { Authorization = "Bearer {token}" }
body = { backupMethod = "{method}", cipherText = "{cipher_text}" }
[user-share.fetch]
method = "GET"
path = "/users/{user}/backup-share?backupMethod={method}"
headers = { Authorization = "Bearer {token}" }
"#;

fn anna() -> User {
    User {
        client_id: "c/1".to_owned(),
        user: "anna@x".to_owned(),
        token: Some("hunter2hunter2".into()),
    }
}

/// The endpoints with these lines for the store.
fn with_store(lines: &str) -> Result<Endpoints, Mistake> {
    format!(
        "[user-share.store]\n{lines}\n[user-share.fetch]\nmethod = \"GET\"\npath = \"/{{user}}/{{method}}\"\n"
    )
    .parse()
}

fn stored(lines: &str) -> Post {
    let endpoints = with_store(lines).unwrap();
    let text = Text::Cipher(CIPHER);
    let store = endpoints.store(&anna(), &Credentials::Own, Some(METHOD), &text);
    store.unwrap().post()
}

fn parsed(post: &Post) -> Value {
    serde_json::from_str(&post.body).unwrap()
}

#[test]
fn a_template_becomes_a_request() {
    let endpoints: Endpoints = EXAMPLE.parse().unwrap();
    assert_eq!(endpoints.told_by(), ToldBy::App);
    assert!(endpoints.has_credentials() && endpoints.names_user() && endpoints.takes_no_method());
    let text = Text::Cipher(CIPHER);
    let store = endpoints
        .store(&anna(), &Credentials::Own, Some("GDRIVE"), &text)
        .unwrap();
    let post = store.post();
    assert_eq!(
        (post.method.as_str(), post.path.as_str()),
        ("PUT", "/users/anna%40x/backup-share")
    );
    assert_eq!(
        post.headers,
        [(
            "Authorization".to_owned(),
            "Bearer hunter2hunter2".to_owned()
        )]
    );
    assert_eq!(post.content_type, "application/json");
    assert_eq!(
        parsed(&post),
        json!({ "backupMethod": "GDRIVE", "cipherText": CIPHER })
    );
    let fetch = endpoints.fetch(&anna(), &Credentials::Own, METHOD).unwrap();
    assert_eq!(
        fetch.post().path,
        "/users/anna%40x/backup-share?backupMethod=a%2Fb%3Fc%26d%22e%5Cf"
    );
    assert_eq!(fetch.post().body, "");
    let shown = format!("{} {fetch:?} {endpoints:?} {store:?}", fetch.shown());
    assert!(
        shown.contains("Authorization: Bearer $USER_TOKEN"),
        "{shown}"
    );
    assert!(!shown.contains("hunter2"), "{shown}");
}

#[test]
fn each_value_is_escaped_for_where_it_stands() {
    let form = "method = \"POST\"\npath = \"/s/{client_id}\"\ncontent-type = \"application/x-www-form-urlencoded\"\n";
    let expected = "m=a%2Fb%3Fc%26d%22e%5Cf&t=q%2Br%2Fs%3D&x=1%202";
    for body in [
        "\"m={method}&t={cipher_text}&x=1%202\"",
        "{ m = \"{method}\", t = \"{cipher_text}\", x = \"1 2\" }",
    ] {
        let post = stored(&format!("{form}body = {body}"));
        assert_eq!(post.path, "/s/c%2F1");
        assert_eq!(post.body.replace("1+2", "1%202"), expected);
        let read: Vec<(String, String)> = url::form_urlencoded::parse(post.body.as_bytes())
            .into_owned()
            .collect();
        assert_eq!(read[0].1, METHOD);
        assert_eq!(read[1].1, CIPHER);
    }
    let json = "method = \"POST\"\npath = \"/s\"\ncontent-type = \"application/json\"\n";
    let post = stored(&format!(
        "{json}body = '{{{{\"{{user}}\": [{{{{\"m\": \"x {{method}}\", \"t\": \"{{cipher_text}}\", \"n\": null}}}}]}}}}'"
    ));
    assert_eq!(
        parsed(&post),
        json!({ "anna@x": [{ "m": format!("x {METHOD}"), "t": CIPHER, "n": null }] })
    );
    let plain = "method = \"PUT\"\npath = \"/{user}?m={method}\"\ncontent-type = \"text/plain\"\nbody = \"{cipher_text}\"";
    assert_eq!(stored(plain).body, CIPHER);
    let nested = "method = \"PUT\"\npath = \"/s\"\nbody = { user = \"{user}\", n = 0x10, f = 1.5, b = true, l = [ { m = \"{method}\", t = \"{cipher_text}\" } ] }";
    assert_eq!(
        parsed(&stored(nested)),
        json!({ "user": "anna@x", "n": 16, "f": 1.5, "b": true, "l": [{ "m": METHOD, "t": CIPHER }] })
    );
}

#[test]
fn whose_token_goes_and_whose_does_not() {
    let endpoints: Endpoints = EXAMPLE.parse().unwrap();
    let other = User {
        client_id: "c-2".to_owned(),
        user: "ben".to_owned(),
        token: Some("another-token".into()),
    };
    let fetch =
        |credentials: Credentials| endpoints.fetch(&anna(), &credentials, "M").unwrap().post();
    assert!(fetch(Credentials::None).headers.is_empty());
    let of_other = fetch(Credentials::Of(other));
    assert_eq!(of_other.headers[0].1, "Bearer another-token");
    assert!(of_other.path.contains("anna"), "{}", of_other.path);
    let bare = User::of_client("c-3");
    assert!(endpoints.lacks(&bare).unwrap().contains("c-3"));
    assert!(endpoints.fetch(&bare, &Credentials::Own, "M").is_none());
    assert!(endpoints.fetch(&bare, &Credentials::None, "M").is_some());
    let in_path: Endpoints = EXAMPLE
        .replace("/backup-share?", "/{token}/backup-share?")
        .parse()
        .unwrap();
    assert!(in_path.fetch(&anna(), &Credentials::None, "M").is_none());
    assert_eq!(
        in_path
            .fetch(&anna(), &Credentials::Own, "M")
            .unwrap()
            .shown()
            .path,
        "/users/anna%40x/$USER_TOKEN/backup-share?backupMethod=M"
    );
}

#[test]
fn garbage_and_no_method_are_said_where_they_can_be() {
    let json: Endpoints = EXAMPLE.parse().unwrap();
    let body = |endpoints: &Endpoints, method: Option<&str>, text: &Text<'_>| {
        let store = endpoints.store(&anna(), &Credentials::Own, method, text);
        store.map(|it| it.post().body)
    };
    let garbage = |garbage: Garbage| body(&json, Some("M"), &Text::Garbage(garbage)).unwrap();
    assert_eq!(garbage(Garbage::Missing), r#"{"backupMethod":"M"}"#);
    assert_eq!(
        garbage(Garbage::Null),
        r#"{"backupMethod":"M","cipherText":null}"#
    );
    assert_eq!(
        garbage(Garbage::Empty),
        r#"{"backupMethod":"M","cipherText":""}"#
    );
    assert_eq!(
        garbage(Garbage::Array),
        r#"{"backupMethod":"M","cipherText":["not","a text"]}"#
    );
    assert_eq!(
        body(&json, None, &Text::Cipher("x")).unwrap(),
        r#"{"cipherText":"x"}"#
    );
    let form = with_store(
        "method = \"POST\"\npath = \"/{user}\"\ncontent-type = \"application/x-www-form-urlencoded\"\nbody = \"m={method}&t={cipher_text}\"",
    )
    .unwrap();
    assert_eq!(
        body(&form, Some("M"), &Text::Garbage(Garbage::Missing)).unwrap(),
        "m=M"
    );
    assert_eq!(
        body(&form, Some("M"), &Text::Garbage(Garbage::Empty)).unwrap(),
        "m=M&t="
    );
    assert_eq!(body(&form, Some("M"), &Text::Garbage(Garbage::Null)), None);
    assert_eq!(body(&form, None, &Text::Cipher("x")).unwrap(), "t=x");
    let embedded = with_store(
        "method = \"PUT\"\npath = \"/{user}/{method}\"\nbody = { t = \"v1:{cipher_text}\" }",
    )
    .unwrap();
    assert!(!embedded.takes_no_method());
    assert_eq!(body(&embedded, None, &Text::Cipher("x")), None);
    assert_eq!(
        body(&embedded, Some("M"), &Text::Garbage(Garbage::Empty)),
        None
    );
}

#[test]
fn what_cannot_stand_somewhere_is_not_sent() {
    let endpoints: Endpoints = EXAMPLE
        .replace("/users/{user}/", "/users/{user}/{client_id}/")
        .parse()
        .unwrap();
    for id in [".", "..", "%2e"] {
        let user = User {
            client_id: id.to_owned(),
            ..anna()
        };
        let fetch = endpoints.fetch(&user, &Credentials::Own, "M");
        // A percent sign is escaped itself, and so is no step.
        assert_eq!(fetch.is_some(), id == "%2e", "{id}");
    }
    let header = with_store(
        "method = \"PUT\"\npath = \"/{user}\"\nheaders = { X-Method = \"{method}\" }\nbody = { t = \"{cipher_text}\" }",
    )
    .unwrap();
    let store = |method| header.store(&anna(), &Credentials::Own, Some(method), &Text::Cipher("x"));
    assert!(store("a b").is_some() && store("a\nb").is_none());
}

const PUT: &str = "method = \"PUT\"\npath = \"/{user}\"\n";
const BODY: &str = "body = { m = \"{method}\", t = \"{cipher_text}\" }\n";

#[rstest]
#[case(format!("path = \"/{{user}}\"\n{BODY}"), "[user-share.store] has no `method`", "")]
#[case(format!("method = \"put\"\npath = \"/{{user}}\"\n{BODY}"), "`put` is no method that can be sent", "\"put\"")]
#[case(format!("method = \"PUT\"\npath = \"{{user}}\"\n{BODY}"), "`path` must begin with /", "\"{user}\"")]
#[case(format!("method = \"PUT\"\npath = \"/{{user}}#x\"\n{BODY}"), "`path` holds a #", "")]
#[case(format!("method = \"PUT\"\npath = \"/{{usr}}\"\n{BODY}"), "unknown placeholder {usr}", "{usr}")]
#[case(format!("{PUT}body = {{ m = \"{{method}}\" }}"), "[user-share.store] does not say where the text to be kept goes", "")]
#[case(format!("{PUT}body = {{ t = \"{{cipher_text}}\" }}"), "[user-share.store] does not say where the backup method goes", "")]
#[case(format!("method = \"PUT\"\npath = \"/x\"\n{BODY}"), "[user-share.store] does not say whose user share is meant", "")]
#[case(format!("{PUT}{BODY}heders = {{}}"), "unknown key `heders` in [user-share.store]", "heders")]
#[case(format!("{PUT}body = \"{{method}} {{cipher_text}}\""), "a body that is a text needs a `content-type`", "")]
#[case(format!("{PUT}content-type = \"application/json\"\nbody = '{{\"m\": \"{{method}}\"}}'"), "a { begins no placeholder", "{")]
#[case(format!("{PUT}content-type = \"application/json\"\nbody = '[{{method}}, \"{{cipher_text}}\"]'"), "the body is no JSON", "")]
#[case(format!("{PUT}headers = {{ Authorization = \"Bearer hunter2\" }}\n{BODY}"), "a configuration file cannot hold a secret", "Authorization")]
#[case(format!("{PUT}headers = {{ Host = \"x\" }}\n{BODY}"), "Host is not yours to set", "Host")]
#[case(format!("{PUT}headers = {{ X-A = \"a\\u0007{{user}}\" }}\n{BODY}"), "header X-A cannot be sent", "X-A")]
#[case(format!("method = \"GET\"\npath = \"/{{user}}\"\n{BODY}"), "a GET has no body", "")]
fn a_bad_template_is_told_in_its_place(
    #[case] store: String,
    #[case] message: &str,
    #[case] place: &str,
) {
    let source = format!(
        "[user-share.store]\n{store}\n[user-share.fetch]\nmethod = \"GET\"\npath = \"/{{user}}/{{method}}\"\n"
    );
    let mistake = source.parse::<Endpoints>().unwrap_err();
    assert!(mistake.message.starts_with(message), "{mistake}");
    let shown = &source[mistake.span.clone()];
    assert!(place.is_empty() || shown == place, "{shown}");
    assert!(!shown.is_empty() && !shown.contains("hunter2"), "{shown}");
}

#[rstest]
#[case("", "[user-share] tells one of the two endpoints")]
#[case(
    "[user-share.fetch]\nmethod = \"GET\"\npath = \"/{user}\"",
    "[user-share.fetch] does not say where the backup method goes"
)]
#[case(
    "[user-share.fetch]\nmethod = \"GET\"\npath = \"/{user}/{method}/{cipher_text}\"",
    "[user-share.fetch] holds {cipher_text}"
)]
#[case(
    "[user-share.fetch]\nmethod = \"GET\"\npath = \"/{user}/{method}\"\nanswer = \"data.text\"",
    "`answer` is a JSON pointer"
)]
#[case(
    "[user-share.fetch]\nmethod = \"GET\"\npath = \"/{user}/{method}\"\nnone = [\"404\"]",
    "`none` is a list of HTTP statuses"
)]
#[case(
    "[user-share]\ntold-by = \"me\"",
    "`told-by` is \"backend\" or \"app\""
)]
#[case("[user-share]\nstor = 1", "unknown key `stor` in [user-share]")]
fn a_bad_fetch_is_told_too(#[case] fetch: &str, #[case] message: &str) {
    let source = format!("[user-share.store]\n{PUT}{BODY}\n{fetch}\n");
    let source = if fetch.starts_with("[user-share]\n") {
        fetch.to_owned()
    } else {
        source
    };
    let mistake = source.parse::<Endpoints>().unwrap_err();
    assert!(mistake.message.starts_with(message), "{mistake}");
}

#[test]
fn a_profile_goes_before_the_rest_key_by_key() {
    let read = |source: &str| {
        let table = toml::de::DeTable::parse(source).unwrap();
        Section::read(source, &table.get_ref()[SECTION]).unwrap()
    };
    let below = read(EXAMPLE);
    let above = read(
        "[user-share]\nurl = \"http://a\"\n[user-share.fetch]\nmethod = \"GET\"\npath = \"/x/{user}/{method}\"",
    );
    let rows = above.clone().over(below).rows();
    assert_eq!(rows[0].1, "PUT /users/{user}/backup-share");
    assert_eq!(rows[1].1, "GET /x/{user}/{method}");
    assert!(above.endpoints().is_err());
}
