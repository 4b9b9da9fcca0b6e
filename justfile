# Recipes for people who work on keypool; `just` lists them.

default:
    @just --list

# The console on the embedded AWS.
demo *flags:
    cargo run --release -- --demo {{flags}}

# Everything that must be green before a change lands.
check:
    .ci/run

test *args:
    cargo test --workspace {{args}}

# Figures: draw, filter, load, first frame.
bench *args:
    cargo bench --bench console {{args}}

# Accept new screens after looking at them.
review:
    INSTA_UPDATE=always KEYPOOL_UPDATE_SCREENSHOTS=1 cargo test --workspace

# Licences and advisories of what we depend on (cargo install cargo-deny).
deny:
    cargo deny check
