//! Outside names (any string) become dense numbers once, at the reader; the map back travels in the model file.

use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

use guide_core::{Error, Result};
use hashbrown::HashTable;
use serde::{Deserialize, Serialize};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub u32);

        impl $name {
            /// The id as an index.
            pub fn index(self) -> usize {
                self.0 as usize
            }
        }
    };
}

id! {
    /// A user's number: a row of the interactions.
    UserId
}
id! {
    /// An item's number: a column of the interactions.
    ItemId
}

/// The names of users and items, in the order of their numbers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Ids {
    /// Names of the users.
    pub users: IdMap,
    /// Names of the items.
    pub items: IdMap,
}

impl Ids {
    /// Users and items that are called by their numbers, `"0"`, `"1"`, ...
    pub fn numbered(n_users: usize, n_items: usize) -> Self {
        Self {
            users: IdMap::numbered(n_users),
            items: IdMap::numbered(n_items),
        }
    }

    /// The user called `name`.
    pub fn user(&self, name: &str) -> Option<UserId> {
        self.users.get(name).map(UserId)
    }

    /// The item called `name`.
    pub fn item(&self, name: &str) -> Option<ItemId> {
        self.items.get(name).map(ItemId)
    }

    /// The user called `name`.
    ///
    /// # Errors
    /// [`Error::Unknown`] with the name.
    pub fn require_user(&self, name: &str) -> Result<UserId> {
        self.user(name).ok_or_else(|| Error::unknown("user", name))
    }

    /// The item called `name`.
    ///
    /// # Errors
    /// [`Error::Unknown`] with the name.
    pub fn require_item(&self, name: &str) -> Result<ItemId> {
        self.item(name).ok_or_else(|| Error::unknown("item", name))
    }

    /// The name of `user`, empty past the end.
    pub fn user_name(&self, user: UserId) -> &str {
        self.users.name(user.0)
    }

    /// The name of `item`, empty past the end.
    pub fn item_name(&self, item: ItemId) -> &str {
        self.items.name(item.0)
    }
}

/// Names to numbers and back: `n` names have the numbers `0..n` in the order in which they came.
///
/// All names stand in one string, so that a million of them are one allocation.
///
/// ```
/// let mut names = recsys_core::IdMap::default();
/// assert_eq!((names.insert("ann"), names.insert("bob"), names.insert("ann")), (0, 1, 0));
/// assert_eq!(names.get("bob"), Some(1));
/// assert_eq!(names.name(0), "ann");
/// ```
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(try_from = "Names", into = "Names")]
pub struct IdMap {
    names: Names,
    /// The numbers in the order of their names, as a file holds them: a name is found by binary search, and reading a million names makes no table
    /// of them. None once a name was inserted.
    sorted: Option<Vec<u32>>,
    /// The numbers by the hashes of their names, where they are not sorted.
    table: HashTable<u32>,
}

/// All names in one string, each ending where `ends` says.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Names {
    text: String,
    ends: Vec<u64>,
}

impl Names {
    fn name(&self, id: u32) -> &str {
        let id = id as usize;
        let Some(&end) = self.ends.get(id) else {
            return "";
        };
        let start = if id == 0 { 0 } else { self.ends[id - 1] };
        self.text.get(start as usize..end as usize).unwrap_or("")
    }

    /// A table of all names by their hashes.
    fn hashed(&self) -> HashTable<u32> {
        let hash = |&id: &u32| hash(self.name(id));
        let mut table = HashTable::with_capacity(self.ends.len());
        for id in 0..self.ends.len() as u32 {
            table.insert_unique(hash(&id), id, hash);
        }
        table
    }
}

fn hash(name: &str) -> u64 {
    BuildHasherDefault::<DefaultHasher>::default().hash_one(name)
}

impl IdMap {
    /// The names `"0"`, `"1"`, ... up to `n`.
    pub fn numbered(n: usize) -> Self {
        let mut map = Self::default();
        for id in 0..n {
            map.insert(&id.to_string());
        }
        map
    }

    /// The number of `name`, a new one if it has none yet.
    pub fn insert(&mut self, name: &str) -> u32 {
        if self.sorted.take().is_some() {
            self.table = self.names.hashed();
        }
        let hashed = hash(name);
        let is_name = |&id: &u32| self.names.name(id) == name;
        if let Some(&id) = self.table.find(hashed, is_name) {
            return id;
        }
        let id = self.names.ends.len() as u32;
        self.names.text.push_str(name);
        self.names.ends.push(self.names.text.len() as u64);
        let names = &self.names;
        self.table
            .insert_unique(hashed, id, |&id| hash(names.name(id)));
        id
    }

    /// The number of `name`.
    pub fn get(&self, name: &str) -> Option<u32> {
        match &self.sorted {
            Some(sorted) => {
                let found = sorted.binary_search_by(|&id| self.names.name(id).cmp(name));
                found.ok().map(|place| sorted[place])
            }
            None => {
                let is_name = |&id: &u32| self.names.name(id) == name;
                self.table.find(hash(name), is_name).copied()
            }
        }
    }

    /// The name of a number, empty past the end.
    pub fn name(&self, id: u32) -> &str {
        self.names.name(id)
    }

    /// How many names there are.
    pub fn len(&self) -> usize {
        self.names.ends.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The names as columns for a file: all of them in one text, the end of each in it, and the numbers in the order of the names.
    pub fn to_columns(&self) -> (&str, &[u64], Vec<u32>) {
        let sorted = self.sorted.clone().unwrap_or_else(|| {
            let mut sorted: Vec<u32> = (0..self.len() as u32).collect();
            sorted.sort_unstable_by(|&a, &b| self.name(a).cmp(self.name(b)));
            sorted
        });
        (&self.names.text, &self.names.ends, sorted)
    }

    /// What [`IdMap::to_columns`] gave. A name is found by binary search until another one is inserted.
    ///
    /// # Errors
    /// [`Error::Decode`] for names that overlap, split a character or stand twice, and for numbers that are not in the order of the names.
    ///
    /// ```
    /// use recsys_core::IdMap;
    /// let mut names = IdMap::default();
    /// ["bob", "ann"].map(|name| names.insert(name));
    /// let (text, ends, sorted) = names.to_columns();
    /// assert_eq!((text, ends, &sorted[..]), ("bobann", &[3, 6][..], &[1, 0][..]));
    /// assert_eq!(IdMap::from_columns(text.to_owned(), ends.to_vec(), sorted)?, names);
    /// # Ok::<(), guide_core::Error>(())
    /// ```
    pub fn from_columns(text: String, ends: Vec<u64>, sorted: Vec<u32>) -> Result<Self> {
        let refuse = |reason: String| Err(Error::decode("ids", reason));
        let mut start = 0;
        for (id, &end) in ends.iter().enumerate() {
            if text.get(start..end as usize).is_none() {
                return refuse(format!("name {id} is out of bounds"));
            }
            start = end as usize;
        }
        if start != text.len() {
            return refuse("names have left-over text".to_owned());
        }
        if sorted.len() != ends.len() || sorted.iter().any(|&id| id as usize >= ends.len()) {
            return refuse("the order of the names does not fit them".to_owned());
        }
        let names = Names { text, ends };
        let rises = |pair: &[u32]| names.name(pair[0]) < names.name(pair[1]);
        if !sorted.windows(2).all(rises) {
            return refuse("names stand twice or are not in order".to_owned());
        }
        Ok(Self {
            names,
            sorted: Some(sorted),
            table: HashTable::new(),
        })
    }

    /// All names in the order of their numbers.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        (0..self.len() as u32).map(|id| self.name(id))
    }
}

impl PartialEq for IdMap {
    fn eq(&self, other: &Self) -> bool {
        self.names == other.names
    }
}

impl From<IdMap> for Names {
    fn from(map: IdMap) -> Self {
        map.names
    }
}

impl TryFrom<Names> for IdMap {
    type Error = String;

    /// Rebuilds the table and refuses names that overlap, split a character or stand twice.
    fn try_from(names: Names) -> std::result::Result<Self, String> {
        let mut map = Self::default();
        let mut start = 0;
        for (id, &end) in names.ends.iter().enumerate() {
            let name = names
                .text
                .get(start..end as usize)
                .ok_or(format!("name {id} is out of bounds"))?;
            if map.insert(name) as usize != id {
                return Err(format!("name `{name}` stands twice"));
            }
            start = end as usize;
        }
        if start == names.text.len() {
            Ok(map)
        } else {
            Err("names have left-over text".to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_survive_a_round_trip() {
        let mut map = IdMap::default();
        for name in ["手机", "", "a b", "85123A"] {
            map.insert(name);
        }
        let names: Names = map.clone().into();
        let back = IdMap::try_from(names).unwrap();
        assert_eq!(back, map);
        assert_eq!(
            back.names().collect::<Vec<_>>(),
            ["手机", "", "a b", "85123A"]
        );
        assert_eq!((back.get("85123A"), back.get("85123B")), (Some(3), None));
    }

    #[test]
    fn names_of_columns_are_found_and_more_are_taken_in() {
        let mut map = IdMap::default();
        for name in ["手机", "", "a b", "85123A"] {
            map.insert(name);
        }
        let (text, ends, sorted) = map.to_columns();
        let mut back = IdMap::from_columns(text.to_owned(), ends.to_vec(), sorted).unwrap();
        for number in 0..4 {
            assert_eq!(back.get(map.name(number)), Some(number));
        }
        assert_eq!(back.get("85123B"), None);
        assert_eq!(back.to_columns(), map.to_columns());
        assert_eq!((back.insert("a b"), back.insert("85123B")), (2, 4));
        assert_eq!((back.get("85123B"), back.get("手机")), (Some(4), Some(0)));
        assert_eq!(back.to_columns().2, [1, 3, 4, 2, 0]);
    }

    #[test]
    fn contradicting_names_are_refused() {
        let names = |text: &str, ends: &[u64]| {
            IdMap::try_from(Names {
                text: text.into(),
                ends: ends.into(),
            })
        };
        assert!(names("aa", &[1, 2]).is_err(), "twice");
        assert!(names("手", &[1, 3]).is_err(), "inside a character");
        assert!(names("ab", &[3]).is_err(), "past the end");
        assert!(names("ab", &[2, 1]).is_err(), "backwards");
        assert!(names("ab", &[1]).is_err(), "left over");
    }
}
