//! What the content hash sees and what it does not.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Array as _, ArrayRef, RecordBatch, StructArray, new_null_array};
use arrow::datatypes::{DataType, Field, Schema};
use gc_sink::{Path, row_hashes};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use proptest::prelude::*;

use crate::support::{CALLS, Call, Leg, batch, call, export, memory};

fn hashes(rows: &[Call]) -> Vec<u64> {
    row_hashes(&batch(rows), CALLS.provenance).unwrap()
}

fn hash(row: &Call) -> u64 {
    hashes(std::slice::from_ref(row))[0]
}

fn a_leg() -> impl Strategy<Value = Leg> {
    (any::<Option<String>>(), any::<Option<i64>>()).prop_map(|(name, ms)| Leg { name, ms })
}

fn a_call() -> impl Strategy<Value = Call> {
    let legs = proptest::option::of(proptest::collection::vec(
        proptest::option::of(a_leg()),
        0..4,
    ));
    let tags = proptest::option::of(proptest::collection::btree_map(
        "[a-d]",
        any::<Option<String>>(),
        0..4,
    ));
    let flat = (
        any::<String>(),
        any::<i32>(),
        any::<Option<String>>(),
        any::<Option<f64>>(),
    );
    (
        flat,
        any::<Option<i32>>(),
        any::<Option<bool>>(),
        legs,
        tags,
    )
        .prop_map(|((id, start, agent, score), turns, answered, legs, tags)| {
            let start = start.into();
            Call {
                id,
                start,
                agent,
                score,
                turns,
                answered,
                legs,
                tags,
                source: String::new(),
            }
        })
}

fn some_calls() -> impl Strategy<Value = Vec<Call>> {
    proptest::collection::vec(a_call(), 1..20)
}

fn through_parquet(batch: &RecordBatch) -> RecordBatch {
    let mut file = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut file, batch.schema(), None).unwrap();
    writer.write(batch).unwrap();
    writer.close().unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(bytes::Bytes::from(file)).unwrap();
    reader.build().unwrap().next().unwrap().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn row_hashes_the_same_alone_in_slices_and_from_parquet(rows in some_calls(), cut in 0usize..20) {
        let whole = hashes(&rows);
        for (row, expected) in rows.iter().zip(&whole) {
            prop_assert_eq!(hash(row), *expected);
        }
        let all = batch(&rows);
        let cut = cut % rows.len();
        let slice = all.slice(cut, rows.len() - cut);
        prop_assert_eq!(&row_hashes(&slice, CALLS.provenance).unwrap(), &whole[cut..]);
        prop_assert_eq!(row_hashes(&through_parquet(&all), CALLS.provenance).unwrap(), whole.clone());
        prop_assert_eq!(row_hashes(&through_parquet(&slice), CALLS.provenance).unwrap(), &whole[cut..]);
    }

    #[test]
    fn rows_hash_the_same_only_when_they_are(one in a_call(), other in a_call()) {
        prop_assert_eq!(hash(&one) == hash(&other), one == other);
    }

    #[test]
    fn columns_of_nulls_and_the_order_of_columns_change_nothing(rows in some_calls()) {
        let narrow = batch(&rows);
        let later = DataType::Struct(vec![Field::new("x", DataType::Int64, true)].into());
        let mut fields: Vec<_> = narrow.schema().fields().iter().cloned().collect();
        let mut columns: Vec<ArrayRef> = narrow.columns().to_vec();
        fields.insert(0, Arc::new(Field::new("later", later.clone(), true)));
        columns.insert(0, new_null_array(&later, rows.len()));
        fields.reverse();
        columns.reverse();
        let wide = RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap();
        prop_assert_eq!(row_hashes(&wide, CALLS.provenance).unwrap(), hashes(&rows));
    }
}

#[test]
fn near_misses_differ() {
    let leg = |name: &str, ms| {
        Some(Leg {
            name: Some(name.into()),
            ms,
        })
    };
    let legs = |legs: &[Option<Leg>]| Call {
        legs: Some(legs.to_vec()),
        ..call("a", 1)
    };
    let tags = |tags: &[(&str, &str)]| Call {
        tags: Some(
            tags.iter()
                .map(|(key, value)| ((*key).to_owned(), Some((*value).to_owned())))
                .collect(),
        ),
        ..call("a", 1)
    };
    let rows = [
        call("a", 1),
        call("a", 0),
        Call {
            turns: Some(0),
            ..call("a", 1)
        },
        Call {
            answered: Some(false),
            ..call("a", 1)
        },
        Call {
            agent: Some(String::new()),
            ..call("a", 1)
        },
        legs(&[]),
        legs(&[None]),
        legs(&[None, None]),
        legs(&[Some(Leg::default())]),
        legs(&[leg("x", None), leg("y", None)]),
        legs(&[leg("y", None), leg("x", None)]),
        legs(&[leg("x", Some(0))]),
        tags(&[]),
        tags(&[("k", "v")]),
        tags(&[("v", "k")]),
    ];
    let mut seen = BTreeMap::new();
    for row in &rows {
        let before = seen.insert(hash(row), row);
        assert_eq!(before, None, "the same hash as {row:?}");
    }
}

#[test]
fn provenance_is_not_content_and_the_order_of_map_entries_is_not_either() {
    let row = call("a", 1);
    assert_eq!(
        hash(&Call {
            source: "query".into(),
            ..row.clone()
        }),
        hash(&row)
    );
    let tags =
        [("a", "1"), ("b", "2")].map(|(key, value)| (key.to_owned(), Some(value.to_owned())));
    let tagged = batch(&[Call {
        tags: Some(BTreeMap::from(tags)),
        ..row
    }]);
    let map = tagged.column_by_name("tags").unwrap();
    let map = map
        .as_any()
        .downcast_ref::<arrow::array::MapArray>()
        .unwrap();
    let backwards = arrow::compute::take(
        map.entries(),
        &arrow::array::UInt32Array::from(vec![1, 0]),
        None,
    )
    .unwrap();
    let (DataType::Map(field, _), offsets) = (map.data_type().clone(), map.offsets().clone())
    else {
        panic!()
    };
    let entries = backwards
        .as_any()
        .downcast_ref::<StructArray>()
        .unwrap()
        .clone();
    let map = arrow::array::MapArray::new(Arc::clone(&field), offsets, entries, None, false);
    let mut columns = tagged.columns().to_vec();
    columns[7] = Arc::new(map);
    let turned = RecordBatch::try_new(tagged.schema(), columns).unwrap();
    assert_eq!(
        row_hashes(&turned, &[]).unwrap(),
        row_hashes(&tagged, &[]).unwrap()
    );
}

/// The hash is in every manifest: a change of it would make every day look changed.
#[tokio::test]
async fn content_hash_stays_what_it_was() {
    let archive = memory();
    let row = Call {
        agent: Some("ann".into()),
        score: Some(0.5),
        turns: Some(-3),
        answered: Some(true),
        legs: Some(vec![
            Some(Leg {
                name: Some("x".repeat(300)),
                ms: Some(-1),
            }),
            None,
        ]),
        tags: Some([("k".to_owned(), Some("v".to_owned()))].into()),
        ..call("a", 1_795_000_000_000)
    };
    let manifest = export(&archive, &[row, call("b", 2)]).await;
    insta::assert_snapshot!(manifest.contents.content_hash, @"985b3eac28334892a5bfb168bcd25fc0");
    let recount = archive
        .recount(&CALLS, &Path::from(manifest.contents.file.path))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(recount.content_hash, manifest.contents.content_hash);
}
