//! Time zones by name, out of the tz database that is built into the program.

use jiff::Timestamp;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use pulsecheck_rhythm::Zone;

/// 1970-01-01 and 2100-01-01: what the table of a zone covers.
const FIRST_S: i64 = 0;
const LIMIT_S: i64 = 4_102_444_800;

/// There is no zone of that name.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("there is no time zone \"{name}\"; {remedy}")]
pub struct UnknownZone {
    name: String,
    remedy: String,
}

/// The zone with an IANA name such as `Europe/Dublin`; case does not matter.
///
/// # Errors
/// The name is not in the database; the error says which one may be meant.
pub fn named(name: &str) -> Result<TimeZone, UnknownZone> {
    let database = TimeZoneDatabase::bundled();
    database.get(name).map_err(|_| {
        let nearest = database
            .available()
            .map(|known| (distance(name, known.as_str()), known.to_string()))
            .min()
            .filter(|(distance, _)| *distance <= name.len().max(6) / 3);
        let remedy = match nearest {
            Some((_, known)) => format!("did you mean \"{known}\"?"),
            None => "write an IANA name such as \"Europe/Dublin\" or \"UTC\"".into(),
        };
        UnknownZone {
            name: name.into(),
            remedy,
        }
    })
}

/// The offsets of `zone` from 1970 to 2100 as the table that judging uses.
pub fn table(zone: &TimeZone) -> Zone {
    let (first, limit) = (instant(FIRST_S), instant(LIMIT_S));
    let transitions = zone
        .following(first)
        .take_while(|transition| transition.timestamp() < limit)
        .map(|transition| (transition.timestamp().as_second(), transition.offset().seconds()))
        .collect();
    Zone::new(zone.to_offset(first).seconds(), transitions)
}

/// The instant `at` seconds after 1970, or the nearest one that can be written.
pub(crate) fn instant(at: i64) -> Timestamp {
    Timestamp::from_second(at).unwrap_or(if at < 0 { Timestamp::MIN } else { Timestamp::MAX })
}

/// Letters to change, add or drop to get from one name to the other (Levenshtein), where a name's last part alone counts as well, so
/// that "Dublin" finds "Europe/Dublin".
fn distance(typed: &str, known: &str) -> usize {
    let last = known.rsplit('/').next().unwrap_or(known);
    let of_last = edits(typed, last) + usize::from(last.len() != known.len());
    edits(typed, known).min(of_last)
}

fn edits(from: &str, to: &str) -> usize {
    // Nobody's zone is longer, and the table below grows with the square of it.
    let letters = |text: &str| {
        text.chars()
            .take(40)
            .map(|letter| if letter == ' ' { '_' } else { letter.to_ascii_lowercase() })
            .collect::<Vec<_>>()
    };
    let (from, to) = (letters(from), letters(to));
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, letter) in from.iter().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, other) in to.iter().enumerate() {
            let replaced = corner + usize::from(letter != other);
            corner = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(corner + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_agrees_with_the_database_at_every_hour_near_a_change() {
        for name in [
            "UTC",
            "America/New_York",
            "Europe/Dublin",
            "Australia/Lord_Howe",
            "Asia/Kathmandu",
            "Africa/Casablanca",
            "Pacific/Apia",
            "America/Sao_Paulo",
        ] {
            let zone = named(name).expect(name);
            let table = table(&zone);
            let mut probes: Vec<i64> = (FIRST_S..LIMIT_S).step_by(86_400 * 5 + 1_801).collect();
            for transition in zone
                .following(instant(FIRST_S))
                .take_while(|transition| transition.timestamp() < instant(LIMIT_S))
            {
                let at = transition.timestamp().as_second();
                probes.extend([at - 1, at, at + 1]);
            }
            for at in probes {
                assert_eq!(table.offset_s(at), zone.to_offset(instant(at)).seconds(), "{name} at {at}");
            }
        }
    }

    #[test]
    fn odd_offsets_are_known() {
        let offset = |name: &str, at| table(&named(name).expect(name)).offset_s(at);
        assert_eq!(offset("Asia/Kathmandu", 1_700_000_000), 5 * 3600 + 45 * 60);
        // Lord Howe moves its clocks by half an hour only.
        assert_eq!(
            offset("Australia/Lord_Howe", 1_704_067_200) - offset("Australia/Lord_Howe", 1_719_792_000),
            1_800
        );
        // Apia crossed the date line at the end of 2011.
        assert_eq!(
            offset("Pacific/Apia", 1_325_239_200) - offset("Pacific/Apia", 1_325_239_199),
            86_400
        );
    }

    #[test]
    fn an_unknown_name_is_answered_with_the_nearest() {
        let remedy = |name: &str| named(name).expect_err(name).to_string();
        assert_eq!(
            remedy("Europe/Dubln"),
            "there is no time zone \"Europe/Dubln\"; did you mean \"Europe/Dublin\"?"
        );
        assert_eq!(
            remedy("New York"),
            "there is no time zone \"New York\"; did you mean \"America/New_York\"?"
        );
        assert_eq!(
            remedy("qqqqqqqqqqqq"),
            "there is no time zone \"qqqqqqqqqqqq\"; write an IANA name such as \"Europe/Dublin\" or \"UTC\""
        );
    }
}
