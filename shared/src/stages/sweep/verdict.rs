//! Decides what becomes of work that is due.

/// The number of messages after which a media is given up. The waits before them double, so that it takes half a day.
pub(super) const MOST: u32 = 5;

/// How many times as long a message is waited for while its queue is filled.
const BACKLOG: i64 = 4;

/// The time in seconds for which SQS keeps a message at most (14 days). Whoever waits for longer waits for nothing.
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html>
const RETENTION_SECONDS: i64 = 1_209_600;

/// The facts about work that is due.
#[derive(Debug, Clone, Copy)]
pub(super) struct Facts {
    /// The seconds since the work began, or since its message was last sent again.
    pub(super) waited: i64,
    /// How often the message was sent again.
    pub(super) times: u32,
    /// The grace in seconds.
    pub(super) grace: u32,
    /// Whether other messages wait in the queue, and this one may be among them.
    pub(super) is_backlog: bool,
    /// Whether the stage has made progress since the last look.
    pub(super) goes_on: bool,
    /// Whether it is an operation on published objects, which must come to its end.
    pub(super) is_operation: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Look again after this many seconds, at least one.
    Wait(i64),
    /// Send the message again.
    SendAgain,
    /// Record that the work was lost.
    GiveUp,
}

/// Returns the seconds for which the message with this number is waited for: a grace, and twice as long each time.
pub(super) fn patience(grace: u32, times: u32) -> i64 {
    i64::from(grace) << times.min(MOST)
}

pub(super) fn decide(facts: Facts) -> Verdict {
    let patience = patience(facts.grace, facts.times);
    if facts.goes_on {
        // A job of MediaConvert is looked at every quarter of an hour, which is more than a grace.
        return Verdict::Wait(i64::from(facts.grace) * 2);
    }
    let most = if facts.is_backlog {
        patience * BACKLOG
    } else {
        patience
    };
    if facts.waited < most {
        return Verdict::Wait(most - facts.waited);
    }
    if facts.times < MOST || facts.is_operation {
        return Verdict::SendAgain;
    }
    if facts.is_backlog && facts.waited < RETENTION_SECONDS {
        return Verdict::Wait(patience);
    }
    Verdict::GiveUp
}

#[cfg(test)]
mod tests {
    use super::*;

    const FACTS: Facts = Facts {
        waited: 100,
        times: 0,
        grace: 100,
        is_backlog: false,
        goes_on: false,
        is_operation: false,
    };

    #[test]
    fn a_message_is_waited_for_twice_as_long_each_time_and_then_given_up() {
        for times in 0..MOST {
            let patience = patience(100, times);
            assert_eq!(patience, 100 * 2_i64.pow(times));
            let early = Facts {
                times,
                waited: patience - 1,
                ..FACTS
            };
            assert_eq!(decide(early), Verdict::Wait(1));
            let due = Facts {
                times,
                waited: patience,
                ..FACTS
            };
            assert_eq!(decide(due), Verdict::SendAgain);
        }
        let last = Facts {
            times: MOST,
            waited: 3_200,
            ..FACTS
        };
        assert_eq!(decide(last), Verdict::GiveUp);
    }

    #[test]
    fn a_backlog_is_no_loss() {
        let backlog = Facts {
            is_backlog: true,
            ..FACTS
        };
        assert_eq!(decide(backlog), Verdict::Wait(300));
        assert_eq!(
            decide(Facts {
                waited: 400,
                ..backlog
            }),
            Verdict::SendAgain
        );
        // Nobody is given up while a message may still wait in its queue.
        let long = Facts {
            times: MOST,
            waited: 100_000,
            ..backlog
        };
        assert_eq!(decide(long), Verdict::Wait(3_200));
        let too_long = Facts {
            waited: RETENTION_SECONDS,
            ..long
        };
        assert_eq!(decide(too_long), Verdict::GiveUp);
    }

    #[test]
    fn what_goes_on_is_left_alone_and_an_operation_is_never_given_up() {
        let long = Facts {
            times: MOST,
            waited: RETENTION_SECONDS,
            ..FACTS
        };
        assert_eq!(
            decide(Facts {
                goes_on: true,
                ..long
            }),
            Verdict::Wait(200)
        );
        assert_eq!(
            decide(Facts {
                is_operation: true,
                ..long
            }),
            Verdict::SendAgain
        );
    }
}
