//! Values in a column.

use arrow_array::ArrayRef;
use massmap::dynamic::StaticSchema;

use super::entries::PartColumns;
use crate::export::ExportError;
use crate::schemas::cells::Part;

/// Makes a column of encoded values, some of which may be missing, as exports to Parquet and Arrow have.
///
/// ```
/// use massmap::dynamic::StaticSchema;
/// use massmap::{IntegerType, Schema};
/// use massmap_data::ValueColumn;
/// # use arrow_array::cast::AsArray;
/// # use arrow_array::types::UInt32Type;
///
/// let schema = StaticSchema::new(Schema::Integer(IntegerType::U32));
/// let mut column = ValueColumn::new(&schema)?;
/// column.append(Some(b"\x07"))?;
/// column.append(None)?;
/// let numbers = column.finish()?;
/// assert_eq!(numbers.as_primitive::<UInt32Type>().iter().collect::<Vec<_>>(), [Some(7), None]);
/// # Ok::<(), massmap_data::ExportError>(())
/// ```
#[derive(Debug)]
pub struct ValueColumn(PartColumns);

impl ValueColumn {
    /// A column of values with this schema. Structs and tuples are a single column, too.
    ///
    /// # Errors
    ///
    /// [`ExportError::Refused`] if the values hold structs with fields of the same name.
    pub fn new(schema: &StaticSchema) -> Result<Self, ExportError> {
        let column = PartColumns::new(schema, Part::Whole, &["value".to_owned()], true, false);
        Ok(Self(
            column.map_err(|refusal| refusal.of("no value of this map"))?,
        ))
    }

    /// Appends a value that is encoded as MessagePack; `None` is one that is missing.
    ///
    /// # Errors
    ///
    /// [`ExportError::Refused`] if it is not what the schema says, or if the column would be longer than 2 GiB. The column is of no use
    /// then.
    pub fn append(&mut self, encoded: Option<&[u8]>) -> Result<(), ExportError> {
        self.0.append(encoded).map_err(|refusal| refusal.of("the value"))
    }

    /// The column of the values so far. Begins another one.
    ///
    /// # Errors
    ///
    /// [`ExportError::Write`] if Arrow refuses it.
    pub fn finish(&mut self) -> Result<ArrayRef, ExportError> {
        let columns = self.0.finish()?;
        Ok(columns.into_iter().next().expect("a whole value is one column"))
    }
}
