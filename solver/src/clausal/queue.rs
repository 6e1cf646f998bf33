//! The order of decisions: variables that took part in a conflict come first, the latest conflict before others.

/// A list of all variables in which any can move to the front.
#[derive(Debug)]
pub(super) struct Queue {
    /// For each variable its neighbour towards the front and towards the back.
    links: Vec<(Option<u32>, Option<u32>)>,
    front: Option<u32>,
    back: Option<u32>,
    /// When each variable came to the front: greater is nearer to it.
    stamps: Vec<u64>,
    stamp: u64,
    /// All variables nearer to the front than this one have a value.
    start: Option<u32>,
}

impl Queue {
    /// All variables in their order, the first in front.
    pub(super) fn new(variables: usize) -> Self {
        let mut this = Self {
            links: vec![(None, None); variables],
            front: None,
            back: None,
            stamps: vec![0; variables],
            stamp: 0,
            start: None,
        };
        for variable in (0..variables).rev() {
            this.push(u32::try_from(variable).unwrap_or(u32::MAX));
        }
        this.start = this.front;
        this
    }

    /// Adds a variable, the one after all others, in front.
    pub(super) fn add(&mut self, variable: u32) {
        self.links.push((None, None));
        self.stamps.push(0);
        self.push(variable);
        self.start = self.front;
    }

    fn link(&mut self, variable: u32) -> Option<&mut (Option<u32>, Option<u32>)> {
        self.links.get_mut(variable as usize)
    }

    fn push(&mut self, variable: u32) {
        let front = self.front;
        if let Some(link) = self.link(variable) {
            *link = (None, front);
        }
        match front.and_then(|front| self.link(front)) {
            Some(link) => link.0 = Some(variable),
            None => self.back = Some(variable),
        }
        self.front = Some(variable);
        self.stamp += 1;
        let stamp = self.stamp;
        if let Some(slot) = self.stamps.get_mut(variable as usize) {
            *slot = stamp;
        }
    }

    pub(super) fn stamp(&self, variable: u32) -> u64 {
        self.stamps.get(variable as usize).copied().unwrap_or(0)
    }

    /// Moves the variable, which has a value, to the front.
    pub(super) fn bump(&mut self, variable: u32) {
        let Some((before, after)) = self.links.get(variable as usize).copied() else { return };
        let Some(before) = before else { return };
        if self.start == Some(variable) {
            self.start = Some(before);
        }
        if let Some(link) = self.link(before) {
            link.1 = after;
        }
        match after.and_then(|after| self.link(after)) {
            Some(link) => link.0 = Some(before),
            None => self.back = Some(before),
        }
        self.push(variable);
    }

    /// The variable has no value any more.
    pub(super) fn reopen(&mut self, variable: u32) {
        if self.start.is_none_or(|start| self.stamp(variable) > self.stamp(start)) {
            self.start = Some(variable);
        }
    }

    /// The first variable without a value.
    pub(super) fn next(&mut self, is_open: impl Fn(u32) -> bool) -> Option<u32> {
        while let Some(variable) = self.start {
            if is_open(variable) {
                return Some(variable);
            }
            self.start = self.links.get(variable as usize).and_then(|link| link.1);
        }
        None
    }
}
