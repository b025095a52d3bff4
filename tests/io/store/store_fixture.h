// A database in a directory of its own, and what the tests of Store do with it.
#pragma once

#include "io/store/store.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace mailban::io {

inline constexpr Timestamp kStart{std::chrono::microseconds(1'800'000'000'123'456)};

class AStore : public ::testing::Test {
protected:
    void SetUp() override
    {
        std::string pattern = (std::filesystem::temp_directory_path() / "mailban-XXXXXX").string();
        ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
        root_ = pattern;
        directory_ = root_ + "/state";
        open();
    }
    void TearDown() override
    {
        store_.reset();
        std::filesystem::remove_all(root_);
    }
    void open()
    {
        store_.reset();
        auto opened = Store::open(directory_);
        ASSERT_TRUE(opened.ok()) << opened.error().message;
        store_ = std::move(*opened);
    }
    Result<std::vector<StoredEvent>> events_since(Timestamp since)
    {
        auto page = store_->events_since(since, 0, 1000);
        if (!page) return page.error();
        EXPECT_FALSE(page->next);
        return std::move(page->events);
    }
    // Runs `work` in one transaction and opens the database anew.
    template <class Work>
    void write(Work work)
    {
        ASSERT_TRUE(store_->begin().ok());
        work(*store_);
        const auto done = store_->commit();
        ASSERT_TRUE(done.ok()) << done.error().message;
        open();
    }

    std::string root_;
    std::string directory_;
    std::unique_ptr<Store> store_;
};

}  // namespace mailban::io
