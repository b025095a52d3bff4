// A prepared SQLite statement that cannot leak, with values bound and read by type.
#pragma once

#include "mailban/result.h"
#include "mailban/time/time.h"

#include <sqlite3.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

namespace mailban::io {

class Statement {
public:
    // Prepared now; an error in the SQL is kept and comes out of step().
    Statement(sqlite3* database, std::string_view sql);
    ~Statement();
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;

    // Binds all parameters in order and makes the statement ready to run again.
    template <class... Values>
    Statement& bind(const Values&... values)
    {
        return bind_each([&]([[maybe_unused]] const auto& bind_next) { (bind_next(values), ...); });
    }

    // The same, one parameter after the other: `work` is given what binds the next one.
    template <class Work>
    Statement& bind_each(Work&& work)
    {
        // SQLite itself must not be given none here.
        if (prepared_ != SQLITE_OK) return *this;
        sqlite3_reset(statement_);
        sqlite3_clear_bindings(statement_);
        int index = 0;
        work([this, &index](const auto& value) { this->bind_one(++index, value); });
        return *this;
    }

    // SQLITE_OK, or why there is no statement.
    int prepared() const noexcept { return prepared_; }
    // SQLITE_ROW, SQLITE_DONE or an error code.
    int step() { return prepared_ == SQLITE_OK ? sqlite3_step(statement_) : prepared_; }
    void reset() { sqlite3_reset(statement_); }

    bool is_null(int column) const
    {
        return sqlite3_column_type(statement_, column) == SQLITE_NULL;
    }
    std::string text(int column) const;
    std::optional<std::string> optional_text(int column) const;
    std::int64_t integer(int column) const { return sqlite3_column_int64(statement_, column); }
    std::optional<std::int64_t> optional_integer(int column) const;
    Timestamp time(int column) const { return Timestamp(Duration(integer(column))); }
    Until until(int column) const;

private:
    void bind_one(int index, std::string_view text);
    void bind_one(int index, const std::string& text) { bind_one(index, std::string_view(text)); }
    void bind_one(int index, Timestamp at) { bind_one(index, at.time_since_epoch().count()); }
    template <class Integer>
    requires std::is_integral_v<Integer>
    void bind_one(int index, Integer value)
    {
        sqlite3_bind_int64(statement_, index, static_cast<sqlite3_int64>(value));
    }
    template <class Value>
    void bind_one(int index, const std::optional<Value>& value)
    {
        if (value) bind_one(index, *value);
    }

    sqlite3_stmt* statement_ = nullptr;
    int prepared_;
};

}  // namespace mailban::io
