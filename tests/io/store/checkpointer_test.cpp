// The write-ahead log reaches the database without the thread that commits, and stays bounded.
#include "io/store/checkpointer.h"

#include "io/support/temp_directory.h"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <filesystem>
#include <string>

namespace mailban::io::checkpointer_test {
namespace {

constexpr std::uintmax_t kPageSize = 4096;

class ACheckpointer : public ::testing::Test {
protected:
    void SetUp() override
    {
        ASSERT_TRUE(database_.status) << database_.status.error().message;
        write("CREATE TABLE filler (text)");
    }
    void write(const char* sql) const
    {
        ASSERT_EQ(sqlite3_exec(database_.handle.get(), sql, nullptr, nullptr, nullptr), SQLITE_OK);
    }
    // About so many pages, in one transaction.
    void write_pages(int pages) const
    {
        const std::string sql =
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < " +
            std::to_string(pages) + ") INSERT INTO filler SELECT zeroblob(4000) FROM n";
        write(sql.c_str());
    }
    std::uintmax_t size() const { return std::filesystem::file_size(path_); }
    std::uintmax_t log_size() const { return std::filesystem::file_size(path_ + "-wal"); }

    TempDirectory directory_{};
    std::string path_ = directory_ / "mailban.db";
    OpenedDatabase database_ = open_database(path_);
};

TEST_F(ACheckpointer, CopiesALogThatHasGrown)
{
    Checkpointer checkpointer(database_.handle.get(), path_);
    const auto before = size();
    write_pages(Checkpointer::kPages / 2);
    checkpointer.wait();
    EXPECT_EQ(size(), before) << "it is not worth it yet";
    write_pages(Checkpointer::kPages / 2 + 100);
    checkpointer.wait();
    EXPECT_GT(size(), before + Checkpointer::kPages * kPageSize);
    // The log begins again where all of it was copied.
    const auto grown = log_size();
    write_pages(100);
    EXPECT_LE(log_size(), grown);
}

TEST_F(ACheckpointer, KeepsTheLogBoundedHoweverFastItGrows)
{
    Checkpointer checkpointer(database_.handle.get(), path_);
    for (int transaction = 0; transaction < 300; ++transaction)
        write_pages(50);
    checkpointer.wait();
    EXPECT_LT(log_size(), 3 * Checkpointer::kTooManyPages * kPageSize);
}

TEST_F(ACheckpointer, WaitsForNoReaderAndCopiesTheRestLater)
{
    Checkpointer checkpointer(database_.handle.get(), path_);
    sqlite3* raw = nullptr;
    ASSERT_EQ(sqlite3_open(path_.c_str(), &raw), SQLITE_OK);
    const DatabaseHandle reader(raw);
    const auto reads = [&](const char* sql) {
        ASSERT_EQ(sqlite3_exec(reader.get(), sql, nullptr, nullptr, nullptr), SQLITE_OK);
    };
    reads("BEGIN; SELECT count(*) FROM filler");
    const auto before = size();
    write_pages(Checkpointer::kPages + 100);
    checkpointer.wait();
    EXPECT_LT(size(), before + 100 * kPageSize) << "the reader would see it";
    reads("COMMIT");
    write_pages(1);
    checkpointer.wait();
    EXPECT_GT(size(), before + Checkpointer::kPages * kPageSize);
}

TEST_F(ACheckpointer, EndsWithTheDatabase)
{
    {
        const Checkpointer checkpointer(database_.handle.get(), path_);
        write_pages(Checkpointer::kPages + 100);
    }
    write_pages(1);
    database_.handle.reset();
    EXPECT_FALSE(std::filesystem::exists(path_ + "-wal")) << "closed in order";
}

}  // namespace
}  // namespace mailban::io::checkpointer_test
