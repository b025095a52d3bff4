// A log that is followed and rotated.
#pragma once

#include "io/source/tail_fixture.h"

#include <filesystem>
#include <string>

namespace mailban::io {

class ARotation : public ATail {
protected:
    void start_with(const std::string& text)
    {
        write(text);
        start();
        ASSERT_TRUE(until([&] { return status().caught_up; }));
    }
    void copy_truncate(const std::string& to)
    {
        std::filesystem::copy_file(log, directory / to);
        truncate_file(log);
    }
};

}  // namespace mailban::io
