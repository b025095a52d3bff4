// Matchers for what an import says.
#pragma once

#include "mailban/import/imported.h"

#include <gmock/gmock.h>

#include <string>

namespace mailban::test {

inline auto note_of(ImportNote::Fate fate, const std::string& subject, const std::string& text)
{
    return ::testing::AllOf(::testing::Field(&ImportNote::fate, fate),
                            ::testing::Field(&ImportNote::subject, subject),
                            ::testing::Field(&ImportNote::text, ::testing::HasSubstr(text)));
}

}  // namespace mailban::test
