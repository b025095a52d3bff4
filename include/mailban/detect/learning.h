// Learning: whether mailban has seen logins for long enough to tell customers from strangers.
//
// On the first day after an installation nobody is known, and customers look like strangers. Time
// is counted from the first login, and only while events come: a pause, of the logs or of mailban,
// counts for an hour at most.
#pragma once

#include "mailban/time/time.h"

#include <optional>

namespace mailban {

class Learning {
public:
    static constexpr Duration kLongestPause = std::chrono::hours(1);

    // `needed`: for how long logins have to be seen; zero: nothing has to be learned.
    explicit Learning(Duration needed) : needed_(needed) {}

    // An event of any kind was seen at `at`.
    void note(Timestamp at);
    // Somebody logged in.
    void note_login(Timestamp at);
    // A login that an earlier run knew, before the events are shown that followed it. Then the time
    // from the first to the last of these was seen.
    void restore(Timestamp since, Timestamp last);
    // The clock was set back: see WindowTable::set_back.
    void set_back(Timestamp at);
    // Takes over what another one has seen, which may have needed more or less.
    void inherit(const Learning& before);

    // Whether enough had been seen by `at`.
    bool is_over(Timestamp at) const;
    // How much of `needed` was seen.
    Duration seen() const noexcept { return seen_; }
    Duration needed() const noexcept { return needed_; }

private:
    Duration needed_;
    Duration seen_{};                     // at most `needed_`
    std::optional<Timestamp> first_{};    // login that an earlier run knew of
    std::optional<Timestamp> latest_{};   // event since the first login
    std::optional<Timestamp> learned_{};  // when enough was seen
};

}  // namespace mailban
