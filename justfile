# Recipes for people who work on keypool; `just` lists them.

default:
    @just --list

# The console on the local AWS.
demo *flags:
    cargo run --release -- --demo {{flags}}

# Everything that must be green before a change lands.
check:
    .ci/run

test *args:
    cargo test --workspace {{args}}

# The tests as if it were another moment, for example `just test-at "2027-02-28 23:58"` (UTC; root, libfaketime).
test-at when *args:
    .ci/test-at "{{when}}" {{args}}

# Benchmarks: draw, filter, load, first frame.
bench *args:
    cargo bench --bench console {{args}}

# Lints and tests pools in an SSM parameter, against moto: an optional feature that the default build leaves out.
ssm *args:
    cargo clippy -p keypool --features ssm --all-targets -- -D warnings
    cargo test -p keypool --features ssm -- ssm parameter_of_pools {{args}}

# Eight processes with mixed operations, doctors and kills: three long runs, each with a seed of its own.
crowd operations="1600":
    for seed in 1 2 3; do \
        KEYPOOL_CROWD_OPERATIONS={{operations}} KEYPOOL_CROWD_SEED=$seed \
            cargo test -p keypool --test it eight_processes_with_doctors -- --nocapture || exit 1; \
    done

# Accept new screens after looking at them.
review:
    INSTA_UPDATE=always KEYPOOL_UPDATE_SCREENSHOTS=1 cargo test --workspace

# Licences and advisories of our dependencies (cargo install cargo-deny).
deny:
    cargo deny check

# Break the domain in every way that cargo-mutants knows: a test must catch each mutant (cargo install cargo-mutants).
mutants *args:
    PROPTEST_CASES=64 cargo mutants --package keypool-domain --output target {{args}}

# Feed generated texts to a parser: access_log, config, import_csv, key_file, keymap, plans_file, pool_file or theme (cargo install cargo-fuzz).
# No sanitizer, because our code has no unsafe code to check; that is why a stable toolchain is enough. libFuzzer needs a
# C++ compiler. New inputs go to fuzz/found, which git ignores.
fuzz target seconds="600":
    mkdir -p fuzz/found/{{target}}
    RUSTC_BOOTSTRAP=1 cargo fuzz run --sanitizer none --codegen-units 16 {{target}} \
        fuzz/found/{{target}} fuzz/corpus/{{target}} -- -max_total_time={{seconds}} -timeout=10

# Copy inputs that reach new code from fuzz/found to the corpus; cargo test replays them from then on.
fuzz-keep target:
    RUSTC_BOOTSTRAP=1 cargo fuzz run --sanitizer none --codegen-units 16 {{target}} \
        fuzz/corpus/{{target}} fuzz/found/{{target}} -- -merge=1
