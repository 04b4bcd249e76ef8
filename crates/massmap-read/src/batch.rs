//! Lookups of many keys at once.

use std::borrow::Borrow;
use std::hash::Hash;
use std::io;

use massmap_hash::MassMapHashLoader;
use massmap_io::MassMapReader;
use serde::Deserialize;

use crate::MassMap;
use crate::layout::Extent;

/// A key on its way through [`MassMapReader::batch_read_at`].
struct Pending<B> {
    key: B,
    hash: u64,
    /// Where it is looked for, or why that cannot be told.
    extent: io::Result<Extent>,
}

impl<K, V, R: MassMapReader, H: MassMapHashLoader> MassMap<K, V, R, H>
where
    K: for<'de> Deserialize<'de> + Eq + Hash,
    V: for<'de> Deserialize<'de> + Clone,
{
    /// Returns the value of each of `keys`, in their order; `None` for keys that the map does not have.
    ///
    /// All buckets are asked for in one call of [`MassMapReader::batch_read_at`], which backends can carry out in parallel;
    /// one by one while it is in doubt whether a key that is not found is missing.
    ///
    /// # Errors
    ///
    /// Those of [`get`](Self::get); the first one ends the batch.
    pub fn batch_get<Q>(&self, keys: impl IntoIterator<Item = impl Borrow<Q>>) -> io::Result<Vec<Option<V>>>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        if self.trusts_misses()? {
            self.batch_look_up(keys)
        } else {
            keys.into_iter().map(|key| self.get(key.borrow())).collect()
        }
    }

    fn batch_look_up<B, Q>(&self, keys: impl IntoIterator<Item = B>) -> io::Result<Vec<Option<V>>>
    where
        B: Borrow<Q>,
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        let places = self.inner().places();
        let layout = self.inner().layout();
        let iov = keys.into_iter().map(|key| {
            let hash = self.inner().hash(key.borrow());
            let extent = places.locate(hash);
            let (offset, length) = extent
                .as_ref()
                .map_or((0, 0), |extent| (extent.offset, extent.length));
            (Pending { key, hash, extent }, offset, length)
        });
        self.reader().batch_read_at(iov, |pending: &Pending<B>, payload| {
            let extent = match &pending.extent {
                Ok(extent) => extent,
                // Found out once more rather than handed on: errors cannot be cloned.
                Err(_) => &places.locate(pending.hash)?,
            };
            if extent.length == 0 {
                return Ok(None);
            }
            let block = layout.block(extent, payload, None)?;
            block
                .find::<K, Q>(pending.key.borrow(), pending.hash, extent.fraction)?
                .map(|entry| block.decode_value(&entry))
                .transpose()
        })
    }
}
