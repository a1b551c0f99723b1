//! Chooses the font that replaces one that a document names but does not embed.
//!
//! PDFium has its own faces that look like Helvetica, Times and Courier, and two that it adapts to any other font. All
//! have the letters of Western Europe. A page that needs only those letters is drawn with them. For any other page, the
//! document is opened once more and gets Liberation (sans, serif, mono; as wide as Arial, Times New Roman and Courier
//! New), which has the letters of all Europe, Greek, Cyrillic and Hebrew. Liberation is also used for text that PDFium
//! only reads while it draws: forms, notes, and single letters that a font lacks. Japanese, Chinese and Korean always
//! use Droid Sans Fallback.

#![allow(
    unsafe_code,
    clippy::as_conversions,
    reason = "PDFium asks through a table of C functions: fpdf_sysfontinfo.h"
)]

mod face;

use std::ffi::{CStr, c_char, c_int, c_uchar, c_uint, c_ulong, c_void};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::ptr;
use std::sync::atomic::{AtomicBool, Ordering};

use pdfium_render::prelude::PdfiumLibraryBindings;

use self::face::{DROID, FILES, Wanted, face};
pub(crate) use self::face::{is_beyond_own_faces, is_of_symbols};

/// Whether PDFium should use its own faces if it has a suitable one.
static OWN_FACES: AtomicBool = AtomicBool::new(false);

/// Whether PDFium has asked for a font that it may have itself.
static HAS_ASKED: AtomicBool = AtomicBool::new(false);

/// Runs `work` with PDFium's own faces, and tells whether PDFium asked for any.
pub(crate) fn with_own_faces<T>(work: impl FnOnce() -> T) -> (T, bool) {
    HAS_ASKED.store(false, Ordering::Relaxed);
    OWN_FACES.store(true, Ordering::Relaxed);
    let done = work();
    OWN_FACES.store(false, Ordering::Relaxed);
    (done, HAS_ASKED.load(Ordering::Relaxed))
}

/// Notes that PDFium asked for a font, and tells whether it should use a face of its own.
fn is_left_to_pdfium() -> bool {
    HAS_ASKED.store(true, Ordering::Relaxed);
    OWN_FACES.load(Ordering::Relaxed)
}

/// `FPDF_SYSFONTINFO`, followed by our own data.
#[repr(C)]
struct SystemFonts {
    version: c_int,
    release: Option<extern "C" fn(*mut Self)>,
    enum_fonts: Option<extern "C" fn(*mut Self, *mut c_void)>,
    map_font: Option<
        unsafe extern "C" fn(
            *mut Self,
            c_int,
            c_int,
            c_int,
            c_int,
            *const c_char,
            *mut c_int,
        ) -> *mut c_void,
    >,
    get_font: Option<extern "C" fn(*mut Self, *const c_char) -> *mut c_void>,
    get_font_data: Option<
        unsafe extern "C" fn(*mut Self, *mut c_void, c_uint, *mut c_uchar, c_ulong) -> c_ulong,
    >,
    get_face_name:
        Option<unsafe extern "C" fn(*mut Self, *mut c_void, *mut c_char, c_ulong) -> c_ulong>,
    get_font_charset: Option<extern "C" fn(*mut Self, *mut c_void) -> c_int>,
    delete_font: Option<extern "C" fn(*mut Self, *mut c_void)>,
    folder: PathBuf,
}

/// Makes PDFium ask this module for fonts from now on.
///
/// # Errors
/// An error if one of the fonts cannot be opened.
pub(crate) fn install(pdfium: &dyn PdfiumLibraryBindings, folder: &Path) -> io::Result<()> {
    for file in FILES {
        File::open(folder.join(file))?;
    }
    let fonts = Box::new(SystemFonts {
        // Version 2: PDFium asks for each font, and needs no list of all.
        version: 2,
        release: None,
        enum_fonts: None,
        map_font: Some(map_font),
        get_font: None,
        get_font_data: Some(get_font_data),
        get_face_name: Some(get_face_name),
        get_font_charset: None,
        delete_font: None,
        folder: folder.to_owned(),
    });
    // SAFETY: it begins with the fields of `FPDF_SYSFONTINFO`, and is never dropped.
    unsafe { pdfium.FPDF_SetSystemFontInfo(Box::into_raw(fonts).cast()) };
    Ok(())
}

/// Returns a font's handle: its index in [`FILES`] plus one.
unsafe extern "C" fn map_font(
    _: *mut SystemFonts,
    weight: c_int,
    is_italic: c_int,
    charset: c_int,
    pitch_family: c_int,
    family: *const c_char,
    _: *mut c_int,
) -> *mut c_void {
    let family = if family.is_null() {
        c""
    } else {
        // SAFETY: PDFium passes a string of C.
        unsafe { CStr::from_ptr(family) }
    };
    let found = face(Wanted {
        family: &family.to_string_lossy(),
        weight,
        is_italic: is_italic != 0,
        charset,
        pitch_family,
    });
    let found = found.filter(|place| *place == DROID || !is_left_to_pdfium());
    found.map_or(ptr::null_mut(), |place| {
        ptr::without_provenance_mut(place + 1)
    })
}

fn file(handle: *mut c_void) -> Option<&'static str> {
    FILES.get(handle.addr().checked_sub(1)?).copied()
}

/// Gives the whole file. Single tables are refused, and PDFium manages without them.
unsafe extern "C" fn get_font_data(
    fonts: *mut SystemFonts,
    handle: *mut c_void,
    table: c_uint,
    buffer: *mut c_uchar,
    size: c_ulong,
) -> c_ulong {
    // SAFETY: this is the struct that `install` leaked; it is never dropped or changed.
    let folder = unsafe { fonts.as_ref() }.map(|fonts| fonts.folder.as_path());
    let (Some(folder), Some(file), 0) = (folder, file(handle), table) else {
        return 0;
    };
    // SAFETY: it is PDFium's buffer, with the size that PDFium gave.
    unsafe { give(buffer, size, &|into| read(&folder.join(file), into)) }
}

/// Returns the length of a file, and reads the file if there is room for all of it.
fn read(path: &Path, into: Option<&mut [u8]>) -> io::Result<u64> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    if let Some(into) =
        into.filter(|into| u64::try_from(into.len()).is_ok_and(|room| room >= length))
    {
        let length = usize::try_from(length).map_err(io::Error::other)?;
        file.read_exact(into.get_mut(..length).unwrap_or_default())?;
    }
    Ok(length)
}

/// Gives the name under which PDFium caches a face: each file has its own.
unsafe extern "C" fn get_face_name(
    _: *mut SystemFonts,
    handle: *mut c_void,
    buffer: *mut c_char,
    size: c_ulong,
) -> c_ulong {
    let Some(name) = file(handle).and_then(|file| file.strip_suffix(".ttf")) else {
        return 0;
    };
    // The name includes its terminating zero.
    let bytes = || name.bytes().chain([0]);
    let copy = |into: Option<&mut [u8]>| {
        if let Some(into) = into.filter(|into| into.len() > name.len()) {
            for (to, from) in into.iter_mut().zip(bytes()) {
                *to = from;
            }
        }
        u64::try_from(bytes().count()).map_err(io::Error::other)
    };
    // SAFETY: it is PDFium's buffer, with the size that PDFium gave.
    unsafe { give(buffer.cast(), size, &copy) }
}

/// Gives bytes as PDFium wants them: returns their number, and copies them if the buffer has room for all.
unsafe fn give(
    buffer: *mut u8,
    size: c_ulong,
    bytes: &dyn Fn(Option<&mut [u8]>) -> io::Result<u64>,
) -> c_ulong {
    let into = match usize::try_from(size) {
        // SAFETY: the caller vouches for the buffer and its size.
        Ok(size) if !buffer.is_null() => {
            Some(unsafe { std::slice::from_raw_parts_mut(buffer, size) })
        }
        _ => None,
    };
    bytes(into).map_or(0, |length| c_ulong::try_from(length).unwrap_or(0))
}
