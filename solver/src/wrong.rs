//! Encoders that are wrong on purpose, so that the suites can show that they would see it.
//!
//! Without the feature `wrong-encoders`, which no shipped program has, there is no switch and every question here is
//! answered by no.

/// What the encoder gets wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum WrongEncoder {
    /// A Deny statement denies nothing.
    DenyIgnored = 1,
    /// A permissions boundary grants beside the identity policies instead of limiting them.
    BoundaryGrants,
    /// ForAllValues and ForAnyValue are not seen.
    SetOperatorDropped,
    /// IfExists is read where it is missing, and not where it stands.
    IfExistsInverted,
    /// The SCPs of the last level, the account's own, are another one's.
    LevelLeftOut,
    /// The SCPs of sibling OUs, under the same parent, bind too.
    SiblingLevelApplied,
    /// What the resource's own policy allows is not denied.
    ResourceBeatsDeny,
    /// Actions are told apart by the patterns that match them alone, not by the keys that they are offered.
    ClassesByPattern,
    /// A negated operator does not hold where its key is missing.
    NegationNeedsKey,
    /// NotAction is read as Action.
    NotActionAsAction,
    /// `?` in a pattern stands for any number of characters.
    QuestionMarkAsStar,
}

impl WrongEncoder {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::DenyIgnored,
        Self::BoundaryGrants,
        Self::SetOperatorDropped,
        Self::IfExistsInverted,
        Self::LevelLeftOut,
        Self::SiblingLevelApplied,
        Self::ResourceBeatsDeny,
        Self::ClassesByPattern,
        Self::NegationNeedsKey,
        Self::NotActionAsAction,
        Self::QuestionMarkAsStar,
    ];
}

/// What the search for steps gets wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum WrongEngine {
    /// Boundaries cap nobody.
    BoundariesIgnored = 101,
    /// Whoever somebody becomes is capped by the boundary with which the run began.
    CapOfTheStart,
    /// Only one round is made.
    OneRound,
    /// A Deny that somebody may take away stays.
    DenyStays,
}

impl WrongEngine {
    /// All of them.
    pub const ALL: [Self; 4] =
        [Self::BoundariesIgnored, Self::CapOfTheStart, Self::OneRound, Self::DenyStays];
}

/// Switches one on, or all off, in this whole process.
#[cfg(feature = "wrong-encoders")]
pub fn switch_engine(wrong: Option<WrongEngine>) {
    ON.store(wrong.map_or(0, |wrong| wrong as u8), std::sync::atomic::Ordering::SeqCst);
}

/// True if the search is to get this wrong.
#[cfg(feature = "wrong-encoders")]
pub(crate) fn is_engine_on(wrong: WrongEngine) -> bool {
    ON.load(std::sync::atomic::Ordering::SeqCst) == wrong as u8
}

/// True if the search is to get this wrong: never.
#[cfg(not(feature = "wrong-encoders"))]
pub(crate) const fn is_engine_on(_: WrongEngine) -> bool {
    false
}

/// Switches off, or on again, what spares the search for steps a question, in this whole process: nothing is wrong then, and all is
/// slow. What a search without that finds, one with it must find.
#[cfg(feature = "wrong-encoders")]
pub fn switch_shortcuts(off: bool) {
    SHORTCUTS_OFF.store(off, std::sync::atomic::Ordering::SeqCst);
}

/// True if the search is to spare itself questions.
#[cfg(feature = "wrong-encoders")]
pub(crate) fn takes_shortcuts() -> bool {
    !SHORTCUTS_OFF.load(std::sync::atomic::Ordering::SeqCst)
}

/// True if the search is to spare itself questions: always.
#[cfg(not(feature = "wrong-encoders"))]
pub(crate) const fn takes_shortcuts() -> bool {
    true
}

#[cfg(feature = "wrong-encoders")]
static SHORTCUTS_OFF: std::sync::atomic::AtomicBool = std::sync::atomic::AtomicBool::new(false);

#[cfg(feature = "wrong-encoders")]
static ON: std::sync::atomic::AtomicU8 = std::sync::atomic::AtomicU8::new(0);

/// Switches one on, or all off, in this whole process.
#[cfg(feature = "wrong-encoders")]
pub fn switch(wrong: Option<WrongEncoder>) {
    ON.store(wrong.map_or(0, |wrong| wrong as u8), std::sync::atomic::Ordering::SeqCst);
}

/// True if the encoder is to get this wrong.
#[cfg(feature = "wrong-encoders")]
pub(crate) fn is_on(wrong: WrongEncoder) -> bool {
    ON.load(std::sync::atomic::Ordering::SeqCst) == wrong as u8
}

/// True if the encoder is to get this wrong: never.
#[cfg(not(feature = "wrong-encoders"))]
pub(crate) const fn is_on(_: WrongEncoder) -> bool {
    false
}
