# libaom for run, test and CI. Its crate asks for CMake's Debug build whenever cargo's profile is not release, which is
# not optimised at all and carries debug information; and for parts that nothing here uses, which would make the build
# half as long again. -O1 compiles in three quarters of the time of -O2.
set(CMAKE_C_FLAGS_DEBUG "-O1 -DNDEBUG" CACHE STRING "")
set(CMAKE_CXX_FLAGS_DEBUG "-O1 -DNDEBUG" CACHE STRING "")
set(CONFIG_AV1_HIGHBITDEPTH 0 CACHE STRING "")
set(CONFIG_MULTITHREAD 0 CACHE STRING "")
