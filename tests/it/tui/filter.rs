//! What is typed after `/`.

use crate::support::console::Console;
use crate::support::world::World;

fn world() -> World {
    World::sample()
        .siloed("TestPlan", "test000001", "Straße 7", "Ünicode")
        .with(|row| row.enabled = false.into())
        .siloed("PremiumPlan", "premium900", "acme", "web-front")
}

#[track_caller]
fn lists(filter: &str, count: usize) {
    let mut console = Console::showing(world().build(), 120, 40);
    console.press("/").type_in(filter);
    console.sees(&format!("3 Keys · all plans · {count} ·"));
}

#[test]
fn a_filter_that_nothing_matches_names_the_plan_it_looked_in() {
    let mut console = Console::showing(World::sample().build(), 120, 40);
    console.press("/").type_in("nobody").sees("no key matches the filter").press("<esc>");
    console.press("1 j /").type_in("plan:basic").sees("no key of TestPlan matches the filter");
}

#[test]
fn words_fields_and_their_opposites() {
    lists("", 14);
    lists("acme", 4);
    lists("acme web", 2);
    lists("acme !web", 2);
    lists("wbfrnt", 0);
    lists("~wbfrnt", 1);
    lists("plan:basic", 4);
    lists("plan:basic tenant:ACME", 1);
    lists("!plan:basic", 10);
    lists("enabled:no", 1);
    lists("enabled:", 14);
    lists("mode:pooled", 8);
    lists("key:basic0003x", 1);
    lists("premium0", 4);
    lists("strasse", 0);
    lists("ÜNICODE", 1);
    lists("~unicode", 1);
    lists("name:web", 5);
    lists("nothing:like", 0);
}

#[test]
fn the_end_of_a_leaked_value_leads_to_its_row() {
    let mut console = Console::showing(
        world()
            .siloed("TestPlan", "k1", "hooli", "leaky")
            .with(|row| row.value = Some("abcXYZ0815".into_secret()).into())
            .build(),
        120,
        40,
    );
    console.press("/").type_in("xyz0815").sees("all plans · 1 ·").sees("leaky");
}

trait IntoSecret {
    fn into_secret(self) -> keypool_domain::Secret;
}

impl IntoSecret for &str {
    fn into_secret(self) -> keypool_domain::Secret {
        keypool_domain::Secret::new(self)
    }
}

#[test]
fn typing_on_taking_back_and_clearing_agree_with_a_filter_typed_at_once() {
    let mut console = Console::showing(world().build(), 120, 40);
    console.press("/ acmezz").sees("no key matches").press("<backspace><backspace>").sees("all plans · 4 ·");
    console.press("<enter>").sees("▶3 Keys").press("<esc>").sees("all plans · 14 ·");
}

#[test]
fn the_cursor_stays_on_its_key_while_that_is_listed() {
    let mut console = Console::showing(world().build(), 120, 40);
    console.press("3 / umbrella <enter> j").sees("▌ trial").press("<esc>").sees("▌ trial");
}
