//! The usage plans of a line: ids with their names, or, in older and handwritten files, ids or names.

use std::collections::HashMap;

use crate::pool_file::scan::{Scanner, Token};
use crate::secret::mask_if_value;
use crate::text::json_string;
use crate::{Inventory, NoSuchPlan, Plan, PlanId};

/// The usage plans of a line; the tenant key belongs to the first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlanList {
    /// Each id with the name that the plan had when the file was written.
    Ids(Vec<(PlanId, String)>),
    /// Ids or names separated by commas. A name may contain commas, too.
    IdsOrNames(String),
}

impl PlanList {
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Ids(plans) => plans.is_empty(),
            Self::IdsOrNames(text) => text.split(',').all(|part| part.trim().is_empty()),
        }
    }
}

/// The cell of the column `UsagePlanNames`: a JSON list.
pub(super) fn write_names<'a>(names: impl Iterator<Item = &'a str>) -> String {
    format!("[{}]", names.map(json_string).collect::<Vec<_>>().join(","))
}

/// Reads the cells of the columns `UsagePlanIds` and `UsagePlanNames`; `None` if the second does not fit the
/// first.
pub(super) fn parse(ids: &str, names: &str) -> Option<PlanList> {
    if names.is_empty() {
        return Some(PlanList::IdsOrNames(ids.to_owned()));
    }
    let names = parse_names(names)?;
    let ids: Vec<_> = ids.split(',').map(str::trim).filter(|id| !id.is_empty()).map(PlanId::new).collect();
    (ids.len() == names.len()).then(|| PlanList::Ids(ids.into_iter().zip(names).collect()))
}

/// Reads a JSON list of strings.
fn parse_names(text: &str) -> Option<Vec<String>> {
    let mut scanner = Scanner::new(text);
    let mut next = || scanner.next_token().ok().map(|(_, token)| token);
    let mut names = Vec::new();
    if next()? != Token::Open('[') {
        return None;
    }
    loop {
        match next()? {
            Token::Text(name) => names.push(name),
            Token::Close(']') if names.is_empty() => break,
            _ => return None,
        }
        match next()? {
            Token::Mark(',') => {}
            Token::Close(']') => break,
            _ => return None,
        }
    }
    (next()? == Token::End).then_some(names)
}

/// Finds the usage plans of lines.
pub(super) struct PlanFinder<'a> {
    by_id: HashMap<&'a str, &'a Plan>,
    by_name: HashMap<&'a str, Vec<&'a Plan>>,
    /// The largest number of commas in a name.
    max_commas: usize,
}

/// The plans that one entry of the line may mean: more than one if several have its name.
pub(super) type Candidates<'a> = Vec<&'a Plan>;

impl<'a> PlanFinder<'a> {
    pub(super) fn new(inventory: &'a Inventory) -> Self {
        let plans = inventory.plans();
        let mut by_name: HashMap<&str, Vec<&Plan>> = HashMap::new();
        for plan in plans {
            by_name.entry(&plan.name).or_default().push(plan);
        }
        let commas = plans.iter().map(|plan| plan.name.matches(',').count());
        Self {
            by_id: plans.iter().map(|plan| (plan.id.as_str(), plan)).collect(),
            by_name,
            max_commas: commas.max().unwrap_or(0),
        }
    }

    /// Finds the plans of a line, or says which of them do not exist.
    pub(super) fn find(&self, list: &PlanList) -> Result<Vec<Candidates<'a>>, Vec<String>> {
        match list {
            PlanList::Ids(plans) => {
                let (found, missing): (Vec<_>, Vec<_>) =
                    plans.iter().map(|(id, name)| self.find_by_id(id, name)).partition(Result::is_ok);
                let missing: Vec<_> = missing.into_iter().filter_map(Result::err).collect();
                if missing.is_empty() { Ok(found.into_iter().flatten().collect()) } else { Err(missing) }
            }
            PlanList::IdsOrNames(text) => self.find_in_text(text),
        }
    }

    /// In another account the ids are unknown; there the plans with the same names are meant.
    fn find_by_id(&self, id: &PlanId, name: &str) -> Result<Candidates<'a>, String> {
        let plan = self.by_id.get(id.as_str()).map(|&plan| vec![plan]);
        plan.or_else(|| self.by_name.get(name).filter(|_| !name.is_empty()).cloned())
            .ok_or_else(|| NoSuchPlan::Unknown(id.to_string()).to_string())
    }

    fn find_one(&self, text: &str) -> Option<Candidates<'a>> {
        let by_text = |text: &str| {
            let plan = self.by_id.get(text).map(|&plan| vec![plan]);
            plan.or_else(|| self.by_name.get(text).cloned())
        };
        // Blanks after a comma are allowed, but may also belong to a name.
        by_text(text).or_else(|| by_text(text.trim()))
    }

    /// Splits the text at those commas that make each part a plan.
    fn find_in_text(&self, text: &str) -> Result<Vec<Candidates<'a>>, Vec<String>> {
        let commas = text.match_indices(',').map(|(at, _)| at);
        let begins: Vec<usize> = std::iter::once(0).chain(commas.clone().map(|at| at + 1)).collect();
        let ends: Vec<usize> = commas.chain([text.len()]).collect();
        // For each part, from the last to the first: the number of ways to split the text from there on, up to
        // two, and the end of the next plan in one of them.
        let mut ways = vec![(0, None); ends.len()];
        ways.push((1, None));
        for first in (0..ends.len()).rev() {
            let is_blank = text[begins[first]..ends[first]].trim().is_empty();
            let mut found = if is_blank { (ways[first + 1].0, None) } else { (0, None) };
            for last in first..ends.len().min(first + self.max_commas + 1) {
                let is_blank_alone = is_blank && last == first;
                if !is_blank_alone
                    && ways[last + 1].0 > 0
                    && self.find_one(&text[begins[first]..ends[last]]).is_some()
                {
                    found = (2.min(found.0 + ways[last + 1].0), Some(last));
                }
            }
            ways[first] = found;
        }
        match ways[0].0 {
            0 => {
                let parts = begins.iter().zip(&ends).map(|(&begin, &end)| text[begin..end].trim());
                let missing = parts.filter(|part| !part.is_empty() && self.find_one(part).is_none());
                Err(missing.map(|part| NoSuchPlan::Unknown(part.to_owned()).to_string()).collect())
            }
            1 => {
                let mut plans = Vec::new();
                let mut first = 0;
                while first < ends.len() {
                    let last = ways[first].1;
                    plans.extend(last.and_then(|last| self.find_one(&text[begins[first]..ends[last]])));
                    first = last.unwrap_or(first) + 1;
                }
                Ok(plans)
            }
            _ => Err(vec![format!(
                "`{}` can be read as one usage plan or as several: use their ids",
                mask_if_value(text).escape_debug()
            )]),
        }
    }
}

/// Chooses one plan for each entry, once each. Where several plans have the name, those are chosen that have the
/// existing API key, according to `has_key`.
pub(super) fn choose_plans(
    candidates: &[Candidates<'_>],
    has_key: impl Fn(&PlanId) -> bool,
) -> Result<Vec<PlanId>, NoSuchPlan> {
    let mut chosen: Vec<PlanId> = Vec::new();
    for plans in candidates {
        let with_key = plans.iter().filter(|plan| plans.len() == 1 || has_key(&plan.id));
        let ids: Vec<_> = with_key.map(|plan| &plan.id).collect();
        if let (true, Some(first)) = (ids.is_empty(), plans.first()) {
            return Err(NoSuchPlan::Ambiguous {
                name: first.name.clone(),
                ids: plans.iter().map(|plan| plan.id.to_string()).collect(),
            });
        }
        let new: Vec<_> = ids.into_iter().filter(|id| !chosen.contains(id)).cloned().collect();
        chosen.extend(new);
    }
    Ok(chosen)
}
