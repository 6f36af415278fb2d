//! The generated client is what `ui/` was written against.

use std::path::Path;

#[test]
fn the_generated_client_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../ui/src/ipc/bindings.ts");
    let generated = cadre_api::typescript::bindings().expect("every type on the wire has one in TypeScript");
    if std::env::var_os("UPDATE_BINDINGS").is_some() {
        std::fs::write(&path, &generated).expect("the bindings can be written");
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    let differs =
        committed.lines().zip(generated.lines()).find(|(committed, generated)| committed != generated);
    assert!(
        committed == generated,
        "ui/src/ipc/bindings.ts is not what the declarations say (first difference: {differs:?}); write it with \
         UPDATE_BINDINGS=1 cargo nextest run -p cadre-api --test bindings, and mend what no longer fits"
    );
}
