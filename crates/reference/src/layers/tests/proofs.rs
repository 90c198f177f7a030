//! What shows each fault. The match has no wildcard: a new fault wants its proof.

use serde_json::{Value, json};

use tokio::task::JoinSet;

use super::{Bench, M1, M2, S1, S2, is_late, users};
use crate::Fault;
use crate::portal::SECRET;

/// Whether the custodian does what the fault claims.
#[expect(
    clippy::too_many_lines,
    clippy::match_same_arms,
    reason = "one arm for each fault"
)]
pub(super) async fn shows(fault: Fault, bench: &mut Bench) -> bool {
    let portal = &bench.portal;
    match fault {
        Fault::ClientPattern => {
            portal.store("a", M1, S1).await.status == 200
                && portal.shares(".*").await == [S1]
                && portal.shares("%").await == [S1]
                && portal.shares("?").await == [S1]
                && portal.shares("b").await.is_empty()
        }
        Fault::ClientPatternStore => {
            portal.store("a", M1, S1).await.status == 200
                && portal.store("ab", M2, S1).await.status == 200
                && portal.store("a%", M1, S2).await.status == 200
                && portal.shares("a").await == [S2]
                && portal.store("^ab$", M2, S2).await.status == 200
                && portal.shares("ab").await == [S2]
                && portal.store("ab", M2, S1).await.status == 200
                && portal.shares("ab").await == [S1]
        }
        Fault::ClientColumn => {
            portal.store("a", M1, S1).await.status == 200
                && portal.fetch_by(&json!({"clientId": 1})).await.json()["backupShares"]
                    == json!([S1])
                && portal.fetch_by(&json!([["a"]])).await.json()["backupShares"] == json!([S1])
        }
        Fault::ClientColumnStore => {
            let body = json!({"clientId": {"client_id": 1}, "backupMethod": M1, "share": S2});
            portal.store("a", M1, S1).await.status == 200
                && portal.store("b", M2, S1).await.status == 200
                && portal.backup(&body).await.status == 200
                && portal.shares("a").await == [S2]
                && portal.shares("b").await == [S1]
        }
        Fault::ClientSanitised => {
            portal.store("a:x", M1, S1).await.status == 200
                && portal.shares("a/x").await == [S1]
                && portal.store("a_x", M1, S2).await.status == 200
                && portal.shares("a:x").await == [S2]
        }
        Fault::ClientInUrl => {
            portal.store("a", M1, S1).await.status == 200
                && portal.shares("a#x").await == [S1]
                && portal.store("a?x=1", M1, S2).await.status == 200
                && portal.shares("a").await == [S2]
        }
        Fault::JoinedKeys => {
            portal.store("a", "b:c", S1).await.status == 200
                && portal.shares("a:b").await == [S1]
                && portal.store("a/b", "c", S2).await.status == 200
                && portal.shares("a").await == [S2]
        }
        Fault::MethodPattern => bench.after(&[(M1, S1), ("%", S2)]).await == [S2],
        Fault::MethodPath => bench.after(&[(M1, S1), (&format!("./{M1}"), S2)]).await == [S2],
        Fault::LengthInCharacters => {
            portal.store("a", M1, "{\"a\":\"é\"}").await;
            let whole = json!({"backupShares": ["{\"a\":\"é\"}"]}).to_string();
            let text = portal.fetch("a").await.text;
            text.len() + 1 == whole.len() && whole.starts_with(&text)
        }
        Fault::PiecesDecoded => {
            let share = "{\"a\":\"é\"}";
            let body = json!({"clientId": "a", "backupMethod": M1, "share": share}).to_string();
            let at = body.find('é').unwrap() + 1;
            portal.backup_in_two(&body, at).await.status == 200
                && portal.shares("a").await == ["{\"a\":\"\u{fffd}\u{fffd}\"}"]
                && bench.keeps(M1, share).await
        }
        Fault::ShareCutToCharacters => {
            becomes(bench, "{\"a\":\"éé\"}", "{\"a\":\"éé").await && bench.keeps(M1, S1).await
        }
        Fault::ClientPath => {
            portal.store("a", M1, S1).await.status == 200
                && portal.shares("./a").await == [S1]
                && portal.store("x/../a", M1, S2).await.status == 200
                && portal.shares("a").await == [S2]
        }
        Fault::SharedVariable => {
            let kept = portal.store("a", M1, S1).await.status == 200
                && portal.store("b", M1, S2).await.status == 200;
            let (first, _) = tokio::join!(portal.shares("a"), async {
                tokio::time::sleep(std::time::Duration::from_millis(3)).await;
                portal.shares("b").await
            });
            kept && first == [S2]
        }
        Fault::TooManyConnections => {
            let all = (0..40).map(|_| {
                let portal = portal.clone();
                tokio::spawn(async move { portal.fetch("a").await.status })
            });
            let all: Vec<_> = all.collect();
            let mut refused = 0;
            for answer in all {
                refused += usize::from(answer.await.is_ok_and(|status| status == 500));
            }
            refused > 0 && portal.fetch("a").await.status == 200
        }
        Fault::CacheOf60 => {
            let mut kept = portal.store("a", M1, S1).await.status == 200;
            for number in 0..60 {
                kept &= portal.store(&format!("c{number}"), M1, S1).await.status == 200;
            }
            kept && portal.shares("a").await.is_empty() && portal.shares("c59").await == [S1]
        }
        Fault::FileRewrite => {
            let mut stores = JoinSet::new();
            for number in 0..8 {
                let (portal, client) = (portal.clone(), format!("c{number}"));
                stores.spawn(async move { portal.store(&client, M1, S1).await.status });
            }
            let kept = stores.join_all().await == [200; 8];
            let mut there = 0;
            for number in 0..8 {
                there += portal.shares(&format!("c{number}")).await.len();
            }
            kept && there < 8
        }
        Fault::FirstPage => {
            let mut kept = portal.store("a", M1, S1).await.status == 200;
            for number in 0..50 {
                let client = format!("c{number}");
                kept &= portal.store(&client, M1, S1).await.status == 200;
                kept &= portal.store(&client, M2, S2).await.status == 200;
            }
            kept && portal.shares("a").await.is_empty() && portal.shares("c0").await == [S1, S2]
        }
        Fault::WrittenLate => {
            let kept = portal.store("a", M1, S1).await.status == 200;
            let late = portal.shares("a").await.is_empty();
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
            kept && late && portal.shares("a").await == [S1]
        }
        Fault::StoreRedirect => {
            let answer = portal.store("a", M1, S1).await;
            let body = json!({"clientId": "a", "share": S1}).to_string();
            answer.status == 307
                && answer.head.contains("location: /backup/")
                && portal.send("/backup/", Some(SECRET), &body).await.status == 200
                && portal.shares("a").await == [S1]
        }
        Fault::Store404 => portal.store("a", M1, S1).await.status == 404,
        Fault::FetchRedirect => portal.fetch("a").await.status == 307,
        Fault::FetchTextPlain => portal
            .fetch("a")
            .await
            .head
            .contains("content-type: text/plain"),
        Fault::SlowFetch => is_late(portal.fetch("a")).await,
        Fault::SlowStore => is_late(portal.store("a", M1, S1)).await,
        Fault::HangsUp => {
            let answer = portal.store("a", M1, &sized(40_000)).await;
            bench.keeps(M1, S1).await && answer.status == 0 && portal.shares("a").await.is_empty()
        }

        Fault::SecretUnchecked => admitted(bench, None).await == (true, true),
        Fault::SecretMissingAllowed => {
            admitted(bench, None).await == (true, true)
                && admitted(bench, Some("x")).await == (false, false)
        }
        Fault::FetchSecretUnchecked => admitted(bench, Some("x")).await == (false, true),
        Fault::SecretPresenceOnly => {
            admitted(bench, None).await == (false, false)
                && admitted(bench, Some("x")).await == (true, true)
        }
        Fault::SecretPrefix => {
            admitted(bench, Some(&format!("{SECRET}x"))).await == (true, true)
                && admitted(bench, Some("x")).await == (false, false)
        }
        Fault::SecretPrefixOf => {
            admitted(bench, Some(&SECRET[..9])).await == (true, true)
                && admitted(bench, None).await == (false, false)
        }
        Fault::SecretSuffixOf => {
            admitted(bench, Some(&SECRET[1..])).await == (true, true)
                && admitted(bench, None).await == (false, false)
        }
        Fault::SecretSuffix => {
            admitted(bench, Some(&format!("x{SECRET}"))).await == (true, true)
                && admitted(bench, Some("x")).await == (false, false)
        }
        Fault::SecretCapitals => {
            admitted(bench, Some(&SECRET.to_uppercase())).await == (true, true)
                && admitted(bench, Some(&SECRET.to_lowercase())).await == (false, false)
        }
        Fault::SecretCaseBlind => {
            admitted(bench, Some(&SECRET.to_uppercase())).await == (true, true)
        }
        Fault::SecretRefusedAfterStore => {
            admitted(bench, Some("x")).await == (false, false)
                && !portal.shares("a").await.is_empty()
        }
        Fault::Secret400 => wrong_secret(bench).await.0 == 400,
        Fault::Secret500Html => {
            let (status, text) = wrong_secret(bench).await;
            status == 500 && text.contains("<html") && text.contains("/srv/")
        }
        Fault::SecretEchoed => {
            let answer = portal.send("/backup", Some(SECRET), "{").await;
            answer.status == 400 && answer.text.contains(SECRET)
        }

        Fault::DocumentedMethodsOnly => {
            bench.keeps("PASSKEY-ED25519", S1).await
                && portal.store_v5("a", S1).await.status == 200
                && refuses(bench, "GDRIVE").await
                && refuses(bench, "NEW").await
        }
        Fault::BareMethodsOnly => bench.keeps("GDRIVE", S1).await && refuses(bench, M1).await,
        Fault::CurveMethodsOnly => bench.keeps(M1, S1).await && refuses(bench, "GDRIVE").await,
        Fault::NoPasskey => {
            bench.keeps("PASSKEY", S1).await && refuses(bench, "PASSKEY-SECP256K1").await
        }
        Fault::NinthMethodDropped => {
            portal.store("a", "NEW", S1).await.status == 200
                && portal.shares("a").await.is_empty()
                && bench.keeps("GDRIVE", S1).await
        }
        Fault::ReservedNames => {
            portal.store("a", "__proto__", S1).await.status == 200
                && portal.store("a", "constructor", S1).await.status == 200
                && portal.store("constructor", M1, S1).await.status == 200
                && portal.shares("a").await.is_empty()
                && portal.shares("constructor").await.is_empty()
                && bench.keeps(M1, S1).await
        }
        Fault::PrototypeClient => {
            let own = bench.after(&[(M1, S1)]).await;
            let stored = bench.portal.store("__proto__", M2, S2).await.status == 200;
            let spoilt = bench.after(&[]).await;
            bench.restart().await;
            stored && own == [S1] && spoilt == [S1, S2] && bench.portal.shares("b").await.is_empty()
        }
        Fault::CurveBlind => bench.after(&[(M1, S1), (M2, S2)]).await == [S2],
        Fault::MethodPrefixMatch => {
            bench.after(&[("AB", S1), ("A", S2)]).await == [S2]
                && bench.after(&[("AB", S1)]).await == [S1, S2]
        }
        Fault::MethodCut20 => {
            let long = |end| format!("{:-<20}{end}", "NEW");
            bench.after(&[(&long("A"), S1), (&long("B"), S2)]).await == [S2]
        }
        Fault::MethodCaseBlind => bench.after(&[("new", S1), ("NEW", S2)]).await == [S2],
        Fault::MethodTrimmed => bench.after(&[("new", S1), (" new ", S2)]).await == [S2],

        Fault::ShareReserialised => {
            let share = r#"{ "b" : 1.0, "a": 12345678901234567890123 }"#;
            becomes(bench, share, r#"{"b":1,"a":1.2345678901234568e+22}"#).await
        }
        Fault::ShareTrimmed => becomes(bench, "  {\"n\": 1}\n", r#"{"n": 1}"#).await,
        Fault::ShareBmpOnly => becomes(bench, "{\"a\":\"é💥\"}", "{\"a\":\"é?\"}").await,
        Fault::ShareKeysSorted => {
            becomes(
                bench,
                r#"{"b":{"z":1,"y":2},"a":3}"#,
                r#"{"a":3,"b":{"y":2,"z":1}}"#,
            )
            .await
        }
        Fault::ShareAsciiEscaped => {
            becomes(bench, "{\"a\":\"é💥\"}", r#"{"a":"\u00e9\ud83d\udca5"}"#).await
        }
        Fault::ShareAsObject => {
            portal.store("a", M1, S1).await;
            portal.fetch("a").await.json() == json!({"backupShares": [{"n": 1}]})
        }
        Fault::HtmlEscaped => {
            let share = r#"{"a":"<b> & c"}"#;
            becomes(bench, share, r#"{"a":"&lt;b&gt; &amp; c"}"#).await
        }
        Fault::ChunksDecoded => {
            let long = |c: &str| format!("{{\"k\":\"x{}{c}\"}}", c.repeat(9_000));
            portal.store("a", M1, &long("é")).await;
            portal.store("b", M1, &format!(" {}", long("é"))).await;
            let whole = [portal.shares("a").await, portal.shares("b").await].concat();
            whole
                .iter()
                .filter(|share| share.contains('\u{fffd}'))
                .count()
                == 1
                && bench.keeps(M1, "{\"a\":\"é\"}").await
        }
        Fault::ShareObjectObject => becomes(bench, S1, "[object Object]").await,
        Fault::ShareCut255 => becomes(bench, &sized(300), &sized(300)[..255]).await,
        Fault::ShareCut4000 => becomes(bench, &sized(5000), &sized(5000)[..4000]).await,
        Fault::ShareCut64kBytes => becomes(bench, &sized(70_000), &sized(70_000)[..65_535]).await,
        Fault::ShareLimit64k => {
            portal.store("a", M1, &sized(65_536)).await.status == 500
                && bench.keeps(M1, &sized(65_535)).await
        }
        Fault::BodyLimit100k => {
            portal.store("a", M1, &sized(102_400)).await.status == 413
                && bench.keeps(M1, &sized(100_000)).await
        }

        Fault::LatestOnly => bench.after(&[(M1, S1), (M2, S2), (M1, "{}")]).await == ["{}"],
        Fault::Secp256k1Only => bench.after(&[(M1, S1), (M2, S2)]).await == [S1],
        Fault::TenAtMost => {
            for n in 0..12 {
                portal.store("a", &n.to_string(), S1).await;
            }
            portal.shares("a").await.len() == 10
        }
        Fault::DistinctTexts => bench.after(&[(M1, S1), (M2, S1)]).await == [S1],
        Fault::StaleReads => {
            portal.shares("a").await;
            portal.store("a", M1, S1).await;
            let stale = portal.shares("a").await.is_empty();
            stale && portal.shares("a").await == [S1]
        }
        Fault::LegacyAnswer => {
            bench.after(&[(M1, S1), (M2, S2)]).await;
            portal.fetch("after").await.json() == json!({"backupShare": S2})
        }
        Fault::V6WriteOnly => {
            bench.after(&[("", S1), (M1, S2), ("UNKNOWN", S2)]).await;
            portal.fetch("after").await.json() == json!({"backupShare": S1})
                && portal.fetch("b").await.json() == json!({"backupShare": null})
        }
        Fault::FetchV5RowOnly => bench.after(&[("", S1), (M1, S2), ("UNKNOWN", S2)]).await == [S1],
        Fault::ArrayAsString => {
            bench.after(&[(M1, S1)]).await;
            portal.fetch("after").await.json() == json!({"backupShares": json!([S1]).to_string()})
        }
        Fault::ArrayOfObjects => {
            bench.after(&[(M1, S1)]).await;
            portal.fetch("after").await.json()
                == json!({"backupShares": [{"backupMethod": M1, "share": S1}]})
        }
        Fault::SingleAsString => {
            bench.after(&[(M1, S1)]).await;
            let single = portal.fetch("after").await.json() == json!({"backupShares": S1});
            bench.after(&[(M2, S2)]).await.len() == 2 && single
        }
        Fault::BothKeys => {
            bench.after(&[(M1, S1)]).await;
            portal.fetch("after").await.json() == json!({"backupShares": [S1], "backupShare": S1})
        }
        Fault::Empty404 => portal.fetch("a").await.status == 404 && bench.keeps(M1, S1).await,
        Fault::EmptyNull => portal.fetch("a").await.json() == json!({"backupShares": null}),
        Fault::Empty500 => portal.fetch("a").await.status == 500 && bench.keeps(M1, S1).await,

        Fault::ClientPrefixMatch => {
            portal.store("abc", M1, S1).await;
            portal.shares("ab").await == [S1] && portal.shares("abcd").await.is_empty()
        }
        Fault::ClientExtensionMatch => {
            portal.store("abc", M1, S1).await;
            portal.shares("abcd").await == [S1] && portal.shares("ab").await.is_empty()
        }
        Fault::ClientIgnored => {
            portal.store("a", M1, S1).await;
            portal.shares("b").await == [S1]
        }
        Fault::ClientCaseBlind => {
            portal.store("a", M1, S1).await;
            portal.store("A", M1, S2).await;
            portal.shares("A").await == [S2] && portal.shares("a").await == [S2]
        }
        Fault::ClientTrimmed => {
            portal.store("a", M1, S1).await;
            portal.store(" a", M1, S2).await;
            portal.shares("a ").await == [S2] && portal.shares("a").await == [S2]
        }

        Fault::Append => bench.after(&[(M1, S1), (M1, S2), (M1, S2)]).await == [S1, S2, S2],
        Fault::KeepFirst => {
            bench.after(&[(M1, S1), (M1, S2)]).await == [S1]
                && portal.store("after", M1, S2).await.status == 200
        }
        Fault::RefuseSecond => {
            bench.after(&[(M1, S1), (M1, S2)]).await == [S1]
                && portal.store("after", M1, S2).await.status == 409
        }
        Fault::RedeliveryAppends => {
            bench.after(&[(M1, S1), (M1, S1)]).await == [S1, S1]
                && bench.after(&[(M1, S2)]).await == [S2]
        }
        Fault::Redelivery409 => {
            bench.after(&[(M1, S1), (M1, S2)]).await == [S2]
                && portal.store("after", M1, S2).await.status == 409
        }
        Fault::WipeOthers => bench.after(&[(M1, S1), (M2, S2)]).await == [S2],
        Fault::DeleteThenInsert => {
            bench.at_once(&[M1]).await;
            portal.shares("at-once").await.len() > 1
                && bench.seen_while_replacing().await.contains(&0)
        }
        Fault::InsertThenDelete => {
            bench.at_once(&[M1]).await;
            portal.shares("at-once").await.len() == 1
                && bench.seen_while_replacing().await.contains(&2)
        }
        Fault::CheckThenInsert => {
            bench.at_once(&[M1]).await;
            portal.shares("at-once").await.len() > 1
                && bench
                    .seen_while_replacing()
                    .await
                    .iter()
                    .all(|count| *count == 1)
        }
        Fault::LostUpdate => {
            bench
                .at_once(&["a", "b", "c", "d", "e", "f", "g", "h"])
                .await;
            portal.shares("at-once").await.len() < 8
        }
        Fault::Concurrent500 => bench.at_once(&[M1, M2]).await.contains(&500),
        Fault::DeleteSurvivesFailedInsert => {
            let mut lost = bench.keeps(M2, S1).await;
            for text in ["no JSON", "{}\0", &sized(300_000)] {
                lost &= bench.after(&[(M1, S1)]).await == [S1]
                    && portal.store("after", M1, text).await.status == 500
                    && portal.shares("after").await.is_empty();
            }
            lost
        }
        Fault::RefuseAfterDelete => {
            bench.after(&[(M1, S1), (M1, "no JSON"), (M2, S2)]).await == [S2]
                && portal.store("after", M1, "no JSON").await.status == 400
        }

        Fault::V5Refused => {
            portal.store_v5("a", S1).await.status == 400 && bench.keeps("UNKNOWN", S1).await
        }
        Fault::V5Hidden => bench.after(&[("", S1), (M1, S2)]).await == [S2],
        Fault::V5Appends => {
            bench.after(&[("", S1), ("", S2), (M1, S1), (M1, S2)]).await == [S1, S2, S2]
        }
        Fault::V5KeepsFirst => {
            bench.after(&[("", S1), ("", S2), (M1, S1), (M1, S2)]).await == [S1, S2]
        }
        Fault::V6DeletesV5 => bench.after(&[("", S1), (M1, S2)]).await == [S2],
        Fault::V5DeletesV6 => bench.after(&[(M1, S1), ("", S2)]).await == [S2],
        Fault::V5OwnSlot => bench.after(&[("", S1), ("UNKNOWN", S2)]).await == [S1, S2],
        Fault::MigrationDropsV5 => {
            let before = bench.after(&[("", S1), (M1, S2)]).await;
            bench.restart().await;
            before == [S1, S2] && bench.after(&[]).await == [S2]
        }

        Fault::MissingClientBucket => {
            let answer = portal.backup(&json!({"share": S1})).await;
            answer.status == 200
                && portal
                    .send("/backup/fetch", Some(SECRET), "{}")
                    .await
                    .text
                    .contains('n')
        }
        Fault::ClientCoerced => {
            let answer = portal
                .backup(&json!({"clientId": ["a"], "share": S1}))
                .await;
            answer.status == 200
                && portal.shares("a").await == [S1]
                && portal.fetch_by(&json!([["a"]])).await.json()["backupShares"] == json!([S1])
        }
        Fault::MissingClientHitsAll => {
            portal.store("a", M1, S1).await;
            portal.store("a", M2, S1).await;
            portal.store("b", M1, S1).await;
            let body = json!({"backupMethod": M1, "share": S2});
            portal.backup(&body).await.status == 200
                && portal.shares("a").await == [S1, S2]
                && portal.shares("b").await == [S2]
        }
        Fault::ShareToString => {
            portal.backup(&json!({"clientId": "a"})).await;
            portal
                .backup(&json!({"clientId": "a", "backupMethod": M1, "share": {}}))
                .await;
            portal
                .backup(&json!({"clientId": "a", "backupMethod": M2, "share": [1, null, 2.5]}))
                .await;
            portal.shares("a").await == ["1,,2.5", "[object Object]", "undefined"]
        }
        Fault::EmptyShareStored => {
            portal.store("a", M1, "").await.status == 200 && portal.shares("a").await == [""]
        }
        Fault::AckNoShare => {
            portal.store("a", M1, "").await.status == 200 && portal.shares("a").await.is_empty()
        }
        Fault::NoShareDeletes => {
            bench.after(&[(M1, S1), (M2, S2), (M1, "")]).await == [S2]
                && portal.store("after", M1, "").await.status == 400
        }
        Fault::Malformed200 => portal.send("/backup", Some(SECRET), "{").await.status == 200,
        Fault::MethodCoerced => {
            let body = json!({"clientId": "a", "backupMethod": 0, "share": S1});
            portal.backup(&body).await.status == 200
                && portal.store("a", "0", S2).await.status == 200
                && portal.shares("a").await == [S2]
        }
        Fault::FalsyMethodIsUnknown => {
            let body = json!({"clientId": "a", "backupMethod": false, "share": S1});
            portal.backup(&body).await.status == 200
                && portal.store_v5("a", S2).await.status == 200
                && portal.shares("a").await == [S2]
        }
        Fault::Store204 => portal.store("a", M1, S1).await.status == 204,
        Fault::SurrogateDestroys => {
            let stored = bench.after(&[(M1, S1)]).await.len();
            let body = format!(r#"{{"clientId":"after","backupMethod":"{M1}","share":"\ud800"}}"#);
            stored == 1
                && portal.send("/backup", Some(SECRET), &body).await.status == 500
                && portal.shares("after").await.is_empty()
        }
        Fault::FalsyMethodWipes => {
            let stored = bench.after(&[(M1, S1), (M2, S2)]).await.len();
            let body = json!({"clientId": "after", "backupMethod": null, "share": S1});
            stored == 2
                && portal.backup(&body).await.status == 200
                && portal.shares("after").await.len() == 1
        }
        Fault::MethodObjectDeletes => {
            let stored = bench.after(&[(M1, S1), (M2, S2)]).await.len();
            let body = json!({"clientId": "after", "backupMethod": {"not": "x"}, "share": S1});
            stored == 2
                && portal.backup(&body).await.status == 500
                && portal.shares("after").await.is_empty()
        }
        Fault::FetchWithoutClientReturnsAll => {
            portal.store("a", M1, S1).await;
            portal.fetch_by(&Value::Null).await.json()["backupShares"] == json!([S1])
        }
        Fault::ClientOperator => {
            portal.store("a", M1, S1).await;
            portal.store("b", M1, S2).await;
            portal.fetch_by(&json!({"$ne": "b"})).await.json()["backupShares"] == json!([S1])
        }
        Fault::ClientOperatorStore => {
            portal.store("a", M1, S1).await;
            portal.store("b", M1, S1).await;
            let body = json!({"clientId": {"$gt": "a"}, "backupMethod": M1, "share": S2});
            portal.backup(&body).await.status == 200
                && portal.shares("a").await == [S1]
                && portal.shares("b").await == [S2]
        }
        Fault::Input500 => portal.store("a", M1, "").await.status == 500,
        Fault::StackTrace => {
            let answer = portal.store("a", M1, "").await;
            answer.status == 400 && answer.text.contains("/srv/")
        }
        Fault::UnknownClient500 => {
            portal.fetch("a").await.status == 500 && bench.keeps(M1, S1).await
        }
        Fault::ExtraKeysRefused => {
            let body = json!({"clientId": "a", "share": S1, "more": 1});
            portal.backup(&body).await.status == 400 && bench.keeps(M1, S1).await
        }

        Fault::MemoryOnly => {
            let before = bench.after(&[(M1, S1)]).await;
            bench.restart().await;
            before == [S1] && bench.after(&[]).await.is_empty()
        }

        Fault::V5SingleKeepsFirst => {
            bench.after(&[(M1, S1), (M2, S2)]).await;
            portal.fetch("after").await.json() == json!({"backupShare": S1})
        }
        Fault::V5SingleAppendArray => {
            bench.after(&[(M1, S1), (M2, S2)]).await;
            portal.fetch("after").await.json() == json!({"backupShare": [S1, S2]})
        }
        Fault::V5SingleWrongKey => {
            bench.after(&[(M1, S1), (M2, S2)]).await;
            portal.fetch("after").await.json() == json!({"share": S2})
        }

        Fault::UserShareSingle => users::single(bench).await,
        Fault::UserShareIgnoresMethod => users::ignores_method(bench).await,
        Fault::UserShareLatest => users::latest(bench).await,
        Fault::UserShareNoFallback => users::no_fallback(bench).await,
        Fault::UserShareUnknownLost => users::unknown_lost(bench).await,
        Fault::UserShareMixedUp => users::mixed_up(bench).await,
        Fault::UserShareKeepFirst => users::keep_first(bench).await,
        Fault::UserShareDropsOthers => users::drops_others(bench).await,
        Fault::RecoveryKeepsOldUserShare => users::recovery_keeps_old(bench).await,
        Fault::UserShareTakesCustodianShares => users::takes_custodian_shares(bench).await,
        Fault::UserShareAnybody => users::anybody(bench).await,
        Fault::UserShareNoToken => users::no_token(bench).await,
        Fault::UserShareTruncates => users::truncates(bench).await,
        Fault::UserShare255 => users::cut_255(bench).await,
        Fault::UserSharePlus => users::plus(bench).await,
        Fault::UserShareUndefined => users::undefined(bench).await,
        Fault::UserShareDropsFirst => users::drops_first(bench).await,
        Fault::PortalUntold => users::untold(bench).await,
        Fault::PortalToldV1 => users::told_v1(bench).await,
        Fault::PortalToldBare => users::told_bare(bench).await,
        Fault::PortalToldWrongMethod => users::told_wrong_method(bench).await,
        Fault::PortalToldCustodianKey => users::told_custodian_key(bench).await,
        Fault::PortalToldBefore => users::told_before(bench).await,
        Fault::PortalToldAnyway => users::told_anyway(bench).await,
        Fault::PortalFailureUntold => users::failure_untold(bench).await,
        Fault::PortalDownDrops => users::down_drops(bench).await,
        Fault::PortalDownHides => users::down_hides(bench).await,
    }
}

/// Whether a store and a fetch with this secret are let in.
async fn admitted(bench: &Bench, secret: Option<&str>) -> (bool, bool) {
    let store = json!({"clientId": "a", "share": S1}).to_string();
    let fetch = json!({"clientId": "a"}).to_string();
    let store = bench.portal.send("/backup", secret, &store).await;
    let fetch = bench.portal.send("/backup/fetch", secret, &fetch).await;
    (store.status == 200, fetch.status == 200)
}

async fn wrong_secret(bench: &Bench) -> (u16, String) {
    let body = json!({"clientId": "a"}).to_string();
    let answer = bench.portal.send("/backup/fetch", Some("x"), &body).await;
    (answer.status, answer.text)
}

async fn refuses(bench: &Bench, method: &str) -> bool {
    let before = bench.portal.shares("keeps").await;
    bench.portal.store("keeps", method, S2).await.status == 400
        && bench.portal.shares("keeps").await == before
}

async fn becomes(bench: &Bench, share: &str, kept: &str) -> bool {
    bench.portal.store("a", M1, share).await.status == 200
        && bench.portal.shares("a").await == [kept]
}

/// A share of this many bytes.
fn sized(bytes: usize) -> String {
    format!("{{\"k\":\"{}\"}}", "x".repeat(bytes - 8))
}
