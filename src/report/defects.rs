//! What can be wrong with automation on purpose, as docs/DEFECTS.md tells it.

use std::fmt::Write as _;

use crate::fact::Defect;

const PREFACE: &str = "\
# Defects on purpose

`BLESS=1 cargo test defects` rewrites this page; the table is `core/src/fact/defect.rs`.

A controller is sound unless its scenario says otherwise:

```toml
[[controller]]
name = \"nightly\"
defects = [\"drops-stopped-mode\", \"swallows-refusals\"]
```

Each defect is one of the ways in which automation that starts and stops instances is wrong. It does
nothing but what its sentence says. Most need a fault before they matter: without a refusal nothing
is swallowed. Whenever a controller does something else than a sound one would have done, the fact
`slipped` says so (`facts.ndjson`, `stopsim explain`). A run without `slipped` has not tried the
defect.

[flaky-mornings](../scenarios/flaky-mornings.toml) has a sound controller to which defects can be
added: `--set 'controller.careful.defects=[\"swallows-refusals\"]'`.

Taking a read without the instance for a stop is a defect too. It is a key of its own:
`wait.missing_read = \"stopped\"` (client bug CFWorker4AliCDT 21).

[PROPERTIES.md](PROPERTIES.md) says what each property means, and [MATRIX.md](MATRIX.md) which of
them see which defect.

*Assumed* means that no source is named: it is what one would write by mistake.

| defect | what it does | should be seen by | where it was seen |
| --- | --- | --- | --- |
";

/// docs/DEFECTS.md.
pub fn page() -> String {
    let mut text = PREFACE.to_owned();
    for defect in Defect::ALL {
        let (name, property) = (defect.name(), defect.property());
        let (does, seen) = (defect.does(), defect.seen());
        writeln!(text, "| `{name}` | {does} | `{property}` | {seen} |").expect("strings take all");
    }
    text
}
