//! Which client a trial gets: never one that another trial has, and one that never held a share only to a
//! trial that needs it, as long as one does.

use crate::model::client::{PoolClient, Supply};
use crate::model::trial::Trial;
use std::collections::VecDeque;

/// The clients that no trial has at the moment.
pub(super) enum Clients {
    Open,
    Pool {
        free: VecDeque<PoolClient>,
        all: usize,
        /// How many empty clients the trials that were promised one have not taken yet.
        reserved: usize,
        /// Those that were made for one trial each.
        made: Vec<PoolClient>,
    },
}

impl Clients {
    pub(super) fn new(supply: Supply) -> Self {
        match supply {
            Supply::Open { .. } => Self::Open,
            Supply::Pool(clients) => {
                let (made, mut clients): (Vec<_>, Vec<_>) = clients
                    .into_iter()
                    .partition(|client| client.made_for.is_some());
                // Empty ones last: they are for the trials that need them, and taken from the back.
                clients.sort_by_key(|client| client.empty);
                Self::Pool {
                    all: clients.len(),
                    free: clients.into(),
                    reserved: 0,
                    made,
                }
            }
        }
    }

    /// Promises a trial its clients, before any trial runs; or says why there can be none.
    pub(super) fn promise(&mut self, trial: &Trial) -> Result<(), String> {
        let Self::Pool {
            free,
            all,
            reserved,
            made,
        } = self
        else {
            return Ok(());
        };
        if trial.before_migration.is_some() {
            return if made.iter().any(|client| client.is_for(trial)) {
                Ok(())
            } else {
                Err("needs a client with a share from before the migration".to_owned())
            };
        }
        let needed = trial.clients.len();
        if needed > *all {
            return Err(format!("needs {needed} clients, the pool has {all}"));
        }
        if trial.fresh {
            let empty = free.iter().filter(|client| client.empty).count();
            if *reserved + needed > empty {
                let taken = if *reserved == 0 {
                    String::new()
                } else {
                    format!(", of which {reserved} went to other cases")
                };
                let what = if needed == 1 {
                    "a client".to_owned()
                } else {
                    format!("{needed} clients")
                };
                return Err(format!(
                    "needs {what} that never held a share; {empty} of the pool's {all} hold none{taken}"
                ));
            }
            *reserved += needed;
        }
        Ok(())
    }

    /// The clients for a trial that was promised some, if enough of them are free.
    pub(super) fn take(&mut self, trial: &Trial) -> Option<Vec<String>> {
        let needed = trial.clients.len();
        let Self::Pool {
            free,
            reserved,
            made,
            ..
        } = self
        else {
            return Some(
                (0..needed)
                    .map(|_| uuid::Uuid::new_v4().to_string())
                    .collect(),
            );
        };
        if trial.before_migration.is_some() {
            let at = made.iter().position(|client| client.is_for(trial))?;
            return Some(vec![made.swap_remove(at).id]);
        }
        let empty = free.iter().filter(|client| client.empty).count();
        if trial.fresh {
            if empty < needed {
                return None;
            }
            *reserved = reserved.saturating_sub(needed);
            let taken = (0..needed).filter_map(|_| {
                let at = free.iter().rposition(|client| client.empty)?;
                free.remove(at)
            });
            return Some(taken.map(|client| client.id).collect());
        }
        if free.len() < needed + empty.min(*reserved) {
            return None;
        }
        let taken = (0..needed).filter_map(|_| free.pop_front());
        Some(taken.map(|client| client.id).collect())
    }

    /// Takes the clients of a trial back: the next gets them first, but those last that are looked at again at the end.
    pub(super) fn give_back(&mut self, trial: &Trial, ids: Vec<String>) {
        if let Self::Pool { free, .. } = self {
            for id in ids {
                let client = PoolClient {
                    id,
                    empty: false,
                    adopted: false,
                    made_for: None,
                };
                if trial.lasts {
                    free.push_back(client);
                } else {
                    free.push_front(client);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::Contract;
    use std::collections::BTreeMap;

    fn trial(fresh: bool, clients: usize) -> Trial {
        Trial {
            id: "t".to_owned(),
            title: String::new(),
            requirement: String::new(),
            also: Vec::new(),
            fresh,
            any_method: false,
            before_migration: None,
            contract: Contract::V6,
            clients: (0..clients).map(|number| number.to_string()).collect(),
            backups: BTreeMap::new(),
            hears: false,
            lasts: false,
            labels: BTreeMap::new(),
            script: Vec::new(),
        }
    }

    fn pool(empty: &[bool]) -> Clients {
        let clients = empty.iter().enumerate().map(|(number, empty)| PoolClient {
            id: format!("c{number}"),
            empty: *empty,
            adopted: false,
            made_for: None,
        });
        Clients::new(Supply::Pool(clients.collect()))
    }

    #[test]
    fn a_fresh_client_is_promised_once() {
        let mut clients = pool(&[true, true, false]);
        assert_eq!(clients.promise(&trial(true, 1)), Ok(()));
        assert_eq!(clients.promise(&trial(true, 1)), Ok(()));
        assert_eq!(
            clients.promise(&trial(true, 1)),
            Err("needs a client that never held a share; 2 of the pool's 3 hold none, of which 2 went to other cases".to_owned())
        );
        assert_eq!(clients.promise(&trial(false, 3)), Ok(()));
        assert_eq!(
            clients.promise(&trial(false, 4)),
            Err("needs 4 clients, the pool has 3".to_owned())
        );
    }

    #[test]
    fn a_promised_fresh_client_goes_to_nobody_else() {
        let mut clients = pool(&[true, false]);
        clients.promise(&trial(true, 1)).unwrap();
        assert_eq!(clients.take(&trial(false, 1)), Some(vec!["c1".to_owned()]));
        assert_eq!(clients.take(&trial(false, 1)), None);
        assert_eq!(clients.take(&trial(true, 1)), Some(vec!["c0".to_owned()]));
        clients.give_back(&trial(true, 1), vec!["c0".to_owned()]);
        assert_eq!(clients.take(&trial(true, 1)), None);
        assert_eq!(clients.take(&trial(false, 1)), Some(vec!["c0".to_owned()]));
    }

    #[test]
    fn clients_that_are_looked_at_again_at_the_end_come_last() {
        let mut clients = pool(&[false, false]);
        let lasts = Trial {
            lasts: true,
            ..trial(false, 1)
        };
        for id in ["c0", "c1"] {
            assert_eq!(clients.take(&lasts), Some(vec![id.to_owned()]));
            clients.give_back(&lasts, vec![id.to_owned()]);
        }
        assert_eq!(clients.take(&trial(false, 1)), Some(vec!["c0".to_owned()]));
    }

    #[test]
    fn clients_that_nobody_was_promised_serve_all() {
        let mut clients = pool(&[true, true]);
        assert_eq!(clients.take(&trial(false, 2)).map(|ids| ids.len()), Some(2));
    }
}
