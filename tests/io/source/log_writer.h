// LogWriter: writes numbered lines and rotates, as daemons and rotation programs do, only faster.
#pragma once

#include "io/support/pack.h"

#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <random>
#include <string>
#include <utility>

namespace mailban::io {

enum class RotationStyle { counted, dated, copy_truncate };
enum class Compression { none, gzip, zstd };

class LogWriter {
public:
    LogWriter(std::string log, RotationStyle style, Compression compression = Compression::none)
        : log_(std::move(log)), style_(style), compression_(compression)
    {
    }

    static std::string line(std::size_t number)
    {
        return "line " + std::to_string(number) + " " + std::string(number * 7 % 90, 'x');
    }

    void write(std::size_t count)
    {
        std::ofstream out(log_, std::ios::binary | std::ios::app);
        for (; count > 0; --count) {
            out << line(written_++).substr(begun_) << '\n';
            begun_ = 0;
        }
    }

    // Some bytes of the next line.
    void write_part(std::size_t bytes)
    {
        const auto part = line(written_).substr(begun_, bytes);
        std::ofstream(log_, std::ios::binary | std::ios::app) << part;
        begun_ += part.size();
    }

    // Nobody goes on with a line in another file.
    void rotate()
    {
        if (begun_ > 0) write(1);
        ++rotations_;
        switch (style_) {
        case RotationStyle::counted:
            make_room();
            std::filesystem::rename(log_, log_ + ".1");
            std::ofstream(log_, std::ios::app).flush();
            break;
        case RotationStyle::dated:
            std::filesystem::rename(log_, dated_name(rotations_));
            std::ofstream(log_, std::ios::app).flush();
            break;
        case RotationStyle::copy_truncate:
            make_room();
            std::filesystem::copy_file(log_, log_ + ".1");
            // Nothing is written between copying and truncating: what was would be lost.
            std::filesystem::resize_file(log_, 0);
            break;
        }
        if (compression_ != Compression::none) compress_older();
    }

    // From now on the oldest is deleted rather than that there were more than `count` rotated
    // files; `before` is told the number of its rotation first.
    void keep(std::size_t count, std::function<void(std::size_t rotation)> before)
    {
        kept_ = count;
        before_delete_ = std::move(before);
    }

    std::size_t written() const noexcept { return written_; }
    std::size_t rotations() const noexcept { return rotations_; }

private:
    std::string dated_name(std::size_t number) const
    {
        return log_ + "-" + std::to_string(1'793'491'200 + number);
    }
    std::string counted_name(std::size_t number) const
    {
        return log_ + "." + std::to_string(number);
    }

    void make_room()
    {
        const std::size_t last = std::min(rotations_ - 1, kept_);
        for (std::size_t number = last; number > 0; --number) {
            for (const auto* ending : {"", ".gz", ".zst"}) {
                const auto from = counted_name(number) + ending;
                if (!std::filesystem::exists(from)) continue;
                if (number == kept_) {
                    before_delete_(rotations_ - number);
                    std::filesystem::remove(from);
                } else {
                    std::filesystem::rename(from, counted_name(number + 1) + ending);
                }
            }
        }
    }

    // As with logrotate's delaycompress: the newest rotated file stays as it is.
    void compress_older()
    {
        if (rotations_ < 2) return;
        const auto from =
            style_ == RotationStyle::dated ? dated_name(rotations_ - 1) : counted_name(2);
        if (!std::filesystem::exists(from)) return;
        std::ifstream in(from, std::ios::binary);
        const std::string content((std::istreambuf_iterator<char>(in)), {});
        const bool is_gzip = compression_ == Compression::gzip;
        std::ofstream(from + (is_gzip ? ".gz" : ".zst"), std::ios::binary)
            << (is_gzip ? gzip(content) : zstd(content));
        std::filesystem::remove(from);
    }

    std::string log_;
    RotationStyle style_;
    Compression compression_;
    std::size_t written_ = 0;
    std::size_t begun_ = 0;  // bytes of the next line that were written
    std::size_t rotations_ = 0;
    std::size_t kept_ = 1'000'000;
    std::function<void(std::size_t)> before_delete_{};
};

}  // namespace mailban::io
