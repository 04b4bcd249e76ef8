//! This one.

use std::sync::Arc;

use massmap_async::ObjectReader;

use super::contestant::Contestant;
use crate::context::{Context, MAP};
use crate::data::Map;

#[derive(Debug)]
pub(super) struct Massmap {
    map: Option<Arc<Map<ObjectReader>>>,
}

impl Massmap {
    pub(super) const fn new() -> Self {
        Self { map: None }
    }
}

impl Contestant for Massmap {
    fn name(&self) -> String {
        "massmap".to_owned()
    }

    fn open(&mut self, context: &Context) -> anyhow::Result<()> {
        let reader = context.server.reader(MAP);
        self.map = Some(Arc::new(context.runtime.block_on(Map::open(reader))?));
        Ok(())
    }

    fn get(&mut self, context: &Context, key: u64) -> anyhow::Result<Option<String>> {
        let map = self.map.as_ref().expect("the map is open");
        Ok(context.runtime.block_on(map.get(&key))?)
    }
}
