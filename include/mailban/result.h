// Result<T>: a value, or the sentence that says why there is none.
//
// optional means "not mine"; Result means "could not", with the path and the cause in words an
// operator can act on. The core throws nothing; the shell turns system errors into these.
#pragma once

#include <string>
#include <utility>
#include <variant>

namespace mailban {

struct Error {
    std::string message{};
    // Its kind, where code has to know it: whoever makes the error says which kinds there are. Code
    // never searches the message, which is for people.
    std::string kind{};
    bool operator==(const Error&) const = default;
};

template <class T>
class [[nodiscard]] Result {
public:
    Result(T value) : state_(std::move(value)) {}
    Result(Error error) : state_(std::move(error)) {}

    bool ok() const noexcept { return state_.index() == 0; }
    explicit operator bool() const noexcept { return ok(); }

    // Only after ok().
    T& operator*() { return std::get<0>(state_); }
    const T& operator*() const { return std::get<0>(state_); }
    T* operator->() { return &std::get<0>(state_); }
    const T* operator->() const { return &std::get<0>(state_); }

    // Only after !ok().
    const Error& error() const { return std::get<1>(state_); }

private:
    std::variant<T, Error> state_;
};

// For work that yields nothing but may fail.
struct Done {
    bool operator==(const Done&) const = default;
};
using Status = Result<Done>;

}  // namespace mailban
