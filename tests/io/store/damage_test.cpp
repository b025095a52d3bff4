// A state database whose bytes are not what was written: opened right, or told to be damaged and
// set aside; never read by half, never the end of the program.
#include "io/store/store.h"
#include "io/support/temp_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <random>
#include <sstream>

namespace mailban::io::damage_test {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr Timestamp kStart{std::chrono::microseconds(1'800'000'000'123'456)};
constexpr int kEvents = 400;
constexpr int kBans = 60;

std::uint32_t number_of(const char* variable, std::uint32_t usual)
{
    const auto* const text = std::getenv(variable);
    return text ? static_cast<std::uint32_t>(std::stoul(text)) : usual;
}

std::string contents(const std::string& path)
{
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

void put(const std::string& path, const std::string& bytes)
{
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

IpAddress address(int number)
{
    return IpAddress::v4(192, 0, static_cast<std::uint8_t>(number / 250),
                         static_cast<std::uint8_t>(number % 250));
}

void fill(Store& store, int from, int to)
{
    ASSERT_TRUE(store.begin().ok());
    for (int i = from; i < to; ++i) {
        Event event;
        event.time = kStart + std::chrono::seconds(i);
        event.ip = address(i);
        event.account = "user" + std::to_string(i);
        ASSERT_TRUE(store.put_event({event, "/var/log/mail.log", 1}).ok());
        if (i >= kBans) continue;
        Ban ban;
        ban.prefix = Prefix::host(address(i));
        ban.since = kStart;
        ban.until = kStart + 1h;
        ban.rule = "password-guessing";
        ASSERT_TRUE(store.put_ban(ban).ok());
        ASSERT_TRUE(store.put_offender({ban.prefix, 1, kStart}).ok());
        ASSERT_TRUE(store.put_login({address(i), "known", kStart, kStart}).ok());
    }
    const LogPosition position{{{1, 2, static_cast<std::uint64_t>(to), 4, 5}}};
    ASSERT_TRUE(store.put_position("/var/log/mail.log", position).ok());
    ASSERT_TRUE(store.commit().ok());
}

// What a start reads, as text; nullopt: it could not be read.
std::optional<std::string> read_all(Store& store)
{
    std::ostringstream all;
    const auto positions = store.positions();
    const auto bans = store.active_bans();
    const auto offenders = store.offenders();
    const auto logins = store.logins_since(Timestamp(-Duration::max() / 8), 1000);
    if (!positions || !bans || !offenders || !logins) return std::nullopt;
    std::size_t events = 0;
    for (std::optional<std::int64_t> from = 0; from;) {
        const auto page = store.events_since(Timestamp(-Duration::max() / 8), *from, 100);
        if (!page) return std::nullopt;
        events += page->events.size();
        if (page->next && *page->next <= *from) return "it goes round in circles";
        from = page->next;
    }
    all << positions->size() << " " << bans->size() << " " << offenders->size() << " "
        << logins->size() << " " << events;
    return all.str();
}

class ADamagedDatabase : public ::testing::Test {
protected:
    void SetUp() override
    {
        auto store = Store::open(place_.path());
        ASSERT_TRUE(store.ok());
        fill(**store, 0, kEvents);
        store->reset();
        sound_ = contents(path_);
        ASSERT_GT(sound_.size(), 40'000U);
    }
    // Opens, and reads what a start reads. "damaged": says so, and a new one takes its place.
    std::string outcome()
    {
        auto opened = Store::try_open(place_.path());
        std::optional<std::string> read;
        if (opened.store) read = read_all(*opened.store);
        if (read && !opened.store->is_damaged()) return *read;
        const bool is_damaged = opened.store ? opened.store->is_damaged() : opened.is_damaged;
        if (!is_damaged) return opened.status ? "no reason" : opened.status.error().message;
        opened.store.reset();
        const auto aside = Store::set_aside(place_.path(), kStart);
        EXPECT_TRUE(aside.ok()) << aside.error().message;
        EXPECT_FALSE(fs::exists(path_));
        auto anew = Store::open(place_.path());
        EXPECT_TRUE(anew.ok()) << anew.error().message;
        EXPECT_EQ(read_all(**anew), "0 0 0 0 0");
        return "damaged";
    }
    void restore_sound()
    {
        for (const auto& entry : fs::directory_iterator(place_.path()))
            fs::remove(entry.path());
        put(path_, sound_);
    }

    TempDirectory place_{};
    std::string path_ = place_ / "mailban.db";
    std::string sound_;
    const std::string whole_ = "1 60 60 60 400";
};

TEST_F(ADamagedDatabase, IsNoneWhereNothingHappened)
{
    EXPECT_EQ(outcome(), whole_);
}

TEST_F(ADamagedDatabase, IsKeptUnderANameWithTheTimeInIt)
{
    put(path_, std::string(10'000, 'x'));
    put(path_ + "-wal", "w");
    const auto opened = Store::try_open(place_.path());
    EXPECT_TRUE(opened.is_damaged);
    EXPECT_THAT(opened.status.error().message, HasSubstr("file is not a database"));
    ASSERT_EQ(*Store::set_aside(place_.path(), kStart), path_ + ".damaged-20270115T080000Z");
    EXPECT_EQ(contents(path_ + ".damaged-20270115T080000Z"), std::string(10'000, 'x'));
    put(path_, "again");
    EXPECT_EQ(*Store::set_aside(place_.path(), kStart), path_ + ".damaged-20270115T080000Z-2");
}

TEST_F(ADamagedDatabase, IsOneThatWasEmptied)
{
    put(path_, "");
    EXPECT_EQ(outcome(), "damaged");
}

TEST_F(ADamagedDatabase, IsNotWhatANewerMailbanWrote)
{
    auto newer = sound_;
    newer[63] = 100;  // user_version
    put(path_, newer);
    EXPECT_THAT(outcome(), HasSubstr("was written by a newer mailban"));
    EXPECT_EQ(contents(path_).size(), newer.size());
}

TEST_F(ADamagedDatabase, IsNotADirectoryThatCannotBeMade)
{
    put(place_ / "file", "");
    const auto opened = Store::try_open(place_ / "file/state");
    EXPECT_FALSE(opened.status.ok());
    EXPECT_FALSE(opened.is_damaged);
}

TEST_F(ADamagedDatabase, IsOneWithARowThatNobodyWrote)
{
    auto wrong = sound_;
    for (auto at = wrong.find("192.0.0.7/32"); at != std::string::npos;
         at = wrong.find("192.0.0.7/32", at + 1))
        wrong[at] = 'x';
    put(path_, wrong);
    EXPECT_EQ(outcome(), "damaged");
}

TEST_F(ADamagedDatabase, IsOneWhoseTablesAreNotWhatTheVersionSays)
{
    for (const std::string name : {"inode", "forget", "cursor", "last_ban", "counted", "origin"}) {
        restore_sound();
        auto wrong = sound_;
        for (auto at = wrong.find(name + " INTEGER"); at != std::string::npos;
             at = wrong.find(name + " INTEGER", at + 1))
            wrong[at] = 'x';
        for (auto at = wrong.find(name + " TEXT"); at != std::string::npos;
             at = wrong.find(name + " TEXT", at + 1))
            wrong[at] = 'x';
        put(path_, wrong);
        EXPECT_EQ(outcome(), wrong == sound_ ? whole_ : "damaged") << name;
    }
}

TEST_F(ADamagedDatabase, IsNeverReadByHalfWhateverItsBytesAre)
{
    const auto first = number_of("MAILBAN_PROPERTY_SEED", 1);
    const auto rounds = number_of("MAILBAN_PROPERTY_ROUNDS", 60);
    std::size_t damaged = 0;
    std::size_t whole = 0;
    for (auto seed = first; seed < first + rounds; ++seed) {
        SCOPED_TRACE("MAILBAN_PROPERTY_SEED=" + std::to_string(seed));
        restore_sound();
        std::mt19937 random(seed);
        auto bytes = sound_;
        const auto kind = random() % 4;
        if (kind == 0) bytes.resize(random() % bytes.size());
        const std::size_t reach = kind == 1 ? 4096 : std::max<std::size_t>(bytes.size(), 1);
        for (auto flips = 1 + random() % 4; kind != 0 && flips > 0; --flips)
            bytes[random() % reach] ^= static_cast<char>(1U << (random() % 8));
        // A block of the disk that came back as nothing.
        if (kind == 3) bytes.replace(random() % (bytes.size() / 512) * 512, 512, 512, '\0');
        put(path_, bytes);
        const auto found = outcome();
        if (found == "damaged") ++damaged;
        if (found == whole_) ++whole;
        const bool is_newer = ::testing::Matches(HasSubstr("newer mailban"))(found);
        ASSERT_TRUE(found == "damaged" || found == whole_ || is_newer) << found;
    }
    std::cout << damaged << " told and set aside, " << whole << " read whole, of " << rounds
              << "\n";
}

// Commits that were not moved into the database yet: a crash leaves those behind.
TEST_F(ADamagedDatabase, GoesBackToAnEarlierCommitAtMostForItsWriteAheadLog)
{
    const auto first = number_of("MAILBAN_PROPERTY_SEED", 1);
    const auto rounds = number_of("MAILBAN_PROPERTY_ROUNDS", 30);
    auto store = Store::open(place_.path());
    ASSERT_TRUE(store.ok());
    std::vector<std::string> stages{whole_};
    for (int step = 1; step <= 5; ++step) {
        fill(**store, kEvents + 10 * (step - 1), kEvents + 10 * step);
        stages.push_back("1 60 60 60 " + std::to_string(kEvents + 10 * step));
    }
    const auto sound_wal = contents(path_ + "-wal");
    const auto under_it = contents(path_);
    store->reset();
    for (auto seed = first; seed < first + rounds; ++seed) {
        SCOPED_TRACE("MAILBAN_PROPERTY_SEED=" + std::to_string(seed));
        restore_sound();
        put(path_, under_it);
        std::mt19937 random(seed);
        auto wal = sound_wal;
        if (random() % 3 == 0) wal.resize(random() % wal.size());
        if (!wal.empty()) wal[random() % wal.size()] ^= static_cast<char>(1U << (random() % 8));
        put(path_ + "-wal", wal);
        ASSERT_THAT(stages, ::testing::Contains(outcome()));
    }
}

}  // namespace
}  // namespace mailban::io::damage_test
