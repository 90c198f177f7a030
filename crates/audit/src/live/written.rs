//! What conditions make of a column, the same for every engine.

use super::confine::Confines;
use crate::schema::{Closed, Column, Kind, Unit, Width};

/// Notes in a column what a condition leaves of its values.
pub(super) fn confine(column: &mut Column, found: &[Confines], condition: &str) {
    for part in found {
        match part {
            Confines::Nothing => {}
            Confines::Longest(most) => narrow(column, *most, Unit::Characters),
            Confines::LongestBytes(most) => narrow(column, *most, Unit::Bytes),
            Confines::Json => {
                if matches!(column.kind, Kind::Text(_)) {
                    column.kind = Kind::Json;
                }
            }
            Confines::List(values) => close(column, values.clone(), condition),
            Confines::Something => close(column, Vec::new(), condition),
        }
    }
}

/// The shorter of what the type and the condition let in.
fn narrow(column: &mut Column, most: u64, unit: Unit) {
    if let Kind::Text(width) = &mut column.kind {
        if width.is_none_or(|it| it.most > most) {
            *width = Some(Width { most, unit });
            column.spelled = format!("{} with a check on its length", column.spelled);
        }
    } else if let Kind::Bytes(width) = &mut column.kind
        && width.is_none_or(|it| it.most > most)
    {
        *width = Some(Width { most, unit });
    }
}

/// A plain list of values says more than a condition that cannot be told.
fn close(column: &mut Column, values: Vec<String>, condition: &str) {
    let listed = column
        .closed
        .as_ref()
        .is_some_and(|it| !it.values.is_empty());
    if listed {
        return;
    }
    column.closed = Some(Closed {
        place: column.place.clone(),
        condition: condition.split_whitespace().collect::<Vec<_>>().join(" "),
        values,
    });
}
