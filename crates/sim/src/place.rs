//! A time zone by its name: local times to instants and back, and the offset table that `rhythm` wants.
//!
//! The zones come from the tz database built into the binary, so that a seed means the same series on a machine that has
//! another version installed, or none.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use pulsecheck_rhythm::Zone;

/// First and last Unix second (2000 and 2060) that an offset table covers.
const TABLE_FROM: i64 = 946_684_800;
const TABLE_UNTIL: i64 = 2_840_140_800;

/// A name that the tz database does not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown time zone \"{0}\": use a name of the tz database, such as Europe/Dublin or UTC")]
pub struct UnknownPlace(pub String);

/// A time zone by its name.
#[derive(Debug, Clone)]
pub struct Place {
    name: String,
    time_zone: TimeZone,
}

impl Place {
    /// Coordinated universal time.
    pub fn utc() -> Self {
        Self {
            name: "UTC".to_owned(),
            time_zone: TimeZone::UTC,
        }
    }

    /// The zone of this name in the tz database.
    pub fn named(name: &str) -> Result<Self, UnknownPlace> {
        let time_zone = TimeZoneDatabase::bundled()
            .get(name)
            .map_err(|_| UnknownPlace(name.to_owned()))?;
        Ok(Self {
            name: name.to_owned(),
            time_zone,
        })
    }

    /// The name it was asked for by.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The zone as a table of offsets, 2000 to 2060.
    pub fn zone(&self) -> Zone {
        let first = instant(TABLE_FROM);
        let transitions = self
            .time_zone
            .following(first)
            .map(|change| (change.timestamp().as_second(), change.offset().seconds()))
            .take_while(|&(at, _)| at < TABLE_UNTIL)
            .collect();
        Zone::new(self.time_zone.to_offset(first).seconds(), transitions)
    }

    /// The Unix second of a local time; of two (clocks put back) the first, and for one that does not exist the one as long after
    /// the clock change.
    pub fn unix(&self, local: DateTime) -> i64 {
        match self.time_zone.to_timestamp(local) {
            Ok(timestamp) => timestamp.as_second(),
            Err(_) => unreachable!("jiff resolves every local time of the years 2000 to 2060"),
        }
    }

    /// The local time at a Unix second.
    pub fn local(&self, at: i64) -> DateTime {
        self.time_zone.to_datetime(instant(at))
    }

    /// For a report: `Wed 2026-10-21 10:00:04`.
    pub fn show(&self, at: i64) -> String {
        self.local(at).strftime("%a %F %T").to_string()
    }
}

/// A Unix second as jiff's instant; seconds outside jiff's range are held at its ends.
fn instant(at: i64) -> Timestamp {
    let at = at.clamp(Timestamp::MIN.as_second(), Timestamp::MAX.as_second());
    Timestamp::from_second(at).unwrap_or(Timestamp::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::Place;
    use jiff::civil::date;

    #[test]
    fn a_table_follows_the_clocks_of_its_zone() {
        let place = Place::named("Europe/Dublin").expect("it exists");
        let zone = place.zone();
        let before = place.unix(date(2026, 10, 24).at(12, 0, 0, 0));
        assert_eq!(zone.offset_s(before), 3600);
        assert_eq!(zone.offset_s(before + 86_400), 0);
        assert_eq!(zone.offset_s(place.unix(date(2027, 7, 1).at(0, 0, 0, 0))), 3600);
        assert_eq!(place.show(before), "Sat 2026-10-24 12:00:00");
    }

    #[test]
    fn an_unknown_name_is_named() {
        let error = Place::named("Europe/Dubln").expect_err("no such zone");
        assert!(error.to_string().contains("Europe/Dubln"));
    }
}
