#include "io/store/statement.h"

namespace mailban::io {

Statement::Statement(sqlite3* database, std::string_view sql)
    : prepared_(sqlite3_prepare_v3(database, sql.data(), static_cast<int>(sql.size()),
                                   SQLITE_PREPARE_PERSISTENT, &statement_, nullptr))
{
}

Statement::~Statement()
{
    sqlite3_finalize(statement_);
}

void Statement::bind_one(int index, std::string_view text)
{
    sqlite3_bind_text64(statement_, index, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
}

std::string Statement::text(int column) const
{
    const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
    if (bytes == nullptr) return {};
    return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

std::optional<std::string> Statement::optional_text(int column) const
{
    if (is_null(column)) return std::nullopt;
    return text(column);
}

std::optional<std::int64_t> Statement::optional_integer(int column) const
{
    if (is_null(column)) return std::nullopt;
    return integer(column);
}

Until Statement::until(int column) const
{
    const auto microseconds = optional_integer(column);
    if (!microseconds) return std::nullopt;
    return Timestamp(Duration(*microseconds));
}

}  // namespace mailban::io
