//! What is left to do with the tables, in words.

use crate::change::TableStep;

/// For example "missing: keypool-pools, index by-plan-owner of keypool-keys; outdated: index by-plan of keypool-keys".
pub fn describe_undone(steps: &[TableStep]) -> String {
    let names = |is_outdated: bool| {
        let name = |step: &TableStep| match step {
            TableStep::Create { table } => (!is_outdated).then(|| table.clone()),
            TableStep::AddIndex { table, index } => {
                (!is_outdated).then(|| format!("index {index} of {table}"))
            }
            TableStep::RemoveIndex { table, index } => {
                is_outdated.then(|| format!("index {index} of {table}"))
            }
        };
        steps.iter().filter_map(name).collect::<Vec<_>>().join(", ")
    };
    let parts = [("missing", names(false)), ("outdated", names(true))];
    let parts = parts.iter().filter(|(_, names)| !names.is_empty());
    parts.map(|(label, names)| format!("{label}: {names}")).collect::<Vec<_>>().join("; ")
}
