#include "mailban/smtp/meaning.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <vector>

namespace mailban::meaning_test {
namespace {

constexpr std::array<std::uint16_t, 3> kClasses{2, 4, 5};
using std::string_view;

// Sentences for people: they begin with a capital, end with a full stop, and are not too long.
void expect_sentence(string_view text, const std::string& of)
{
    ASSERT_GE(text.size(), 8U) << of;
    EXPECT_LE(text.size(), 200U) << of;
    EXPECT_TRUE(text.front() >= 'A' && text.front() <= 'Z') << of << ": " << text;
    EXPECT_EQ(text.back(), '.') << of << ": " << text;
    EXPECT_EQ(text.find("  "), string_view::npos) << of << ": " << text;
}

template <class Meaning>
void expect_complete(const Meaning& meaning, const std::string& of)
{
    EXPECT_FALSE(meaning.name.empty()) << of;
    expect_sentence(meaning.meaning, of);
    expect_sentence(meaning.advice, of);
    EXPECT_TRUE(meaning.source.starts_with("RFC ") || meaning.source.starts_with("Exim's own") ||
                meaning.source.starts_with("IANA registry"))
        << of << ": " << meaning.source;
}

std::vector<EnhancedStatusMeaning> all_enhanced()
{
    const auto delivery = delivery_meanings();
    const auto policy = policy_meanings();
    std::vector<EnhancedStatusMeaning> all(delivery.begin(), delivery.end());
    all.insert(all.end(), policy.begin(), policy.end());
    return all;
}

TEST(ReplyCodeMeanings, AreSortedAndUniqueAndCanBeParsed)
{
    const auto all = reply_code_meanings();
    for (std::size_t at = 0; at < all.size(); ++at) {
        const auto text = std::to_string(all[at].code);
        const auto code = ReplyCode::parse(text);
        ASSERT_TRUE(code) << text;
        EXPECT_EQ(meaning_of(*code), &all[at]) << text;
        if (at > 0) {
            EXPECT_LT(all[at - 1].code, all[at].code);
        }
    }
}

TEST(ReplyCodeMeanings, HaveAMeaningAnAdviceAndASource)
{
    for (const auto& meaning : reply_code_meanings())
        expect_complete(meaning, std::to_string(meaning.code));
}

TEST(ReplyCodeMeanings, HoldEveryCodeOfSmtpAndItsExtensions)
{
    const std::set<std::uint16_t> defined{211, 214, 220, 221, 250, 251, 252, 354, 421,
                                          450, 451, 452, 455, 500, 501, 502, 503, 504,
                                          550, 551, 552, 553, 554, 555,  // RFC 5321, 4.2.3
                                          235, 334, 432, 454, 530, 534, 535, 538,  // RFC 4954
                                          253, 458, 459,                           // RFC 1985
                                          355,                                     // RFC 1845
                                          453,                                     // RFC 2645
                                          422, 430, 523, 524, 525, 533,            // RFC 5248
                                          521, 556,                                // RFC 7504
                                          435};                                    // Exim
    std::set<std::uint16_t> held;
    for (const auto& meaning : reply_code_meanings())
        held.insert(meaning.code);
    EXPECT_EQ(held, defined);
}

TEST(ReplyCodeMeanings, AreNotInventedForOtherCodes)
{
    for (const auto* text : {"200", "259", "350", "400", "557", "559"})
        EXPECT_EQ(meaning_of(*ReplyCode::parse(text)), nullptr) << text;
}

TEST(EnhancedStatusMeanings, AreSortedAndUniqueAndServeAllClasses)
{
    const auto all = all_enhanced();
    for (std::size_t at = 0; at < all.size(); ++at) {
        if (at > 0) {
            EXPECT_LT(std::pair(all[at - 1].subject, all[at - 1].detail),
                      std::pair(all[at].subject, all[at].detail));
        }
        for (const std::uint16_t digit : kClasses) {
            const EnhancedStatus status{digit, all[at].subject, all[at].detail};
            const auto text = status.to_string();
            ASSERT_EQ(EnhancedStatus::parse(text), status);
            const auto* const found = meaning_of(status);
            ASSERT_NE(found, nullptr) << text;
            EXPECT_EQ(found->name, all[at].name) << text;
        }
    }
}

TEST(EnhancedStatusMeanings, HaveAMeaningAnAdviceASourceAndASubject)
{
    for (const auto& meaning : all_enhanced()) {
        expect_complete(meaning, EnhancedStatus{5, meaning.subject, meaning.detail}.to_string());
        EXPECT_FALSE(subject_name(meaning.subject).empty());
    }
    EXPECT_TRUE(subject_name(8).empty());
}

// The registry numbers each subject's details without a gap: how many there are says it all.
TEST(EnhancedStatusMeanings, HoldTheWholeRegistry)
{
    const std::vector<std::uint16_t> last_detail{0, 10, 4, 6, 7, 6, 10, 30};
    std::vector<std::pair<std::uint16_t, std::uint16_t>> expected;
    for (std::uint16_t subject = 0; subject < last_detail.size(); ++subject)
        for (std::uint16_t detail = 0; detail <= last_detail[subject]; ++detail)
            expected.emplace_back(subject, detail);
    std::vector<std::pair<std::uint16_t, std::uint16_t>> held;
    for (const auto& meaning : all_enhanced())
        held.emplace_back(meaning.subject, meaning.detail);
    EXPECT_EQ(held, expected);
    for (const auto status : {EnhancedStatus{5, 7, 31}, {5, 8, 0}, {5, 0, 1}, {5, 7, 139}})
        EXPECT_EQ(meaning_of(status), nullptr) << status.to_string();
}

TEST(EnhancedStatusMeanings, AgreeWithTheirClasses)
{
    const auto foreseen = [](const char* text) {
        const auto status = *EnhancedStatus::parse(text);
        return is_foreseen(*meaning_of(status), status);
    };
    for (const auto* text :
         {"5.7.8", "2.7.0", "4.7.0", "5.7.0", "2.1.5", "4.2.2", "5.1.1", "4.7.12"})
        EXPECT_TRUE(foreseen(text)) << text;
    for (const auto* text : {"4.7.8", "2.7.8", "5.1.5", "5.2.2", "4.1.1", "4.7.1", "2.4.6"})
        EXPECT_FALSE(foreseen(text)) << text;
    // What the registry foresees in one class alone is never that of another.
    for (const auto& meaning : all_enhanced()) {
        int classes = 0;
        for (const std::uint16_t digit : kClasses)
            classes += is_foreseen(meaning, {digit, meaning.subject, meaning.detail}) ? 1 : 0;
        const bool single = meaning.use == StatusUse::success ||
                            meaning.use == StatusUse::temporary ||
                            meaning.use == StatusUse::permanent;
        EXPECT_EQ(classes, single ? 1 : meaning.use == StatusUse::failure ? 2 : 3);
    }
}

TEST(Classes, AreNamed)
{
    EXPECT_EQ(class_name(2), "success");
    EXPECT_EQ(class_name(3), "go on");
    EXPECT_EQ(class_name(4), "temporary");
    EXPECT_EQ(class_name(5), "permanent");
    EXPECT_EQ(class_name(6), "");
}

}  // namespace
}  // namespace mailban::meaning_test
