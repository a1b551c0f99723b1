//! Which font is drawn where a document names one that it does not bring along.
//!
//! PDFium has faces of its own like Helvetica, Times and Courier, and two that it bends to any other font, all with the
//! letters of Western Europe. A page whose letters are all among those is drawn with them, as it ever was. Any other page is
//! read from the document opened once more, and gets Liberation (sans, serif, mono; as wide as Arial, Times New Roman and
//! Courier New), which has the letters of all Europe, Greek, Cyrillic and Hebrew. So does what PDFium only reads as it draws:
//! forms, notes, and single letters that a font lacks. Japanese, Chinese and Korean are always Droid Sans Fallback's.
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

/// Whether PDFium is to use its own faces, where it has one.
static OWN_FACES: AtomicBool = AtomicBool::new(false);

/// Whether it then used one.
static HAS_ASKED: AtomicBool = AtomicBool::new(false);

/// Does something with PDFium's own faces; whether any was wanted.
pub(crate) fn with_own_faces<T>(work: impl FnOnce() -> T) -> (T, bool) {
    HAS_ASKED.store(false, Ordering::Relaxed);
    OWN_FACES.store(true, Ordering::Relaxed);
    let done = work();
    OWN_FACES.store(false, Ordering::Relaxed);
    (done, HAS_ASKED.load(Ordering::Relaxed))
}

/// Whether PDFium goes on with a face of its own, which is remembered.
fn is_left_to_pdfium() -> bool {
    HAS_ASKED.store(true, Ordering::Relaxed);
    OWN_FACES.load(Ordering::Relaxed)
}

/// `FPDF_SYSFONTINFO`, and what is ours behind it.
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

/// Has PDFium ask here from now on.
///
/// # Errors
/// When one of the fonts is not there.
pub(crate) fn install(pdfium: &dyn PdfiumLibraryBindings, folder: &Path) -> io::Result<()> {
    for file in FILES {
        File::open(folder.join(file))?;
    }
    let fonts = Box::new(SystemFonts {
        // Asks for each font, and wants no list of all.
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

/// A handle is the place of a file, counted from 1.
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
        // SAFETY: a string of C.
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

/// Gives all of the file: no table is asked for that PDFium could not do without.
unsafe extern "C" fn get_font_data(
    fonts: *mut SystemFonts,
    handle: *mut c_void,
    table: c_uint,
    buffer: *mut c_uchar,
    size: c_ulong,
) -> c_ulong {
    // SAFETY: what was installed, which is never dropped or changed.
    let folder = unsafe { fonts.as_ref() }.map(|fonts| fonts.folder.as_path());
    let (Some(folder), Some(file), 0) = (folder, file(handle), table) else {
        return 0;
    };
    // SAFETY: PDFium's buffer, of which it says the size.
    unsafe { give(buffer, size, &|into| read(&folder.join(file), into)) }
}

/// The length of a file, of which as much is read as there is room for.
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

/// The name that PDFium keeps a face by: another one for each file.
unsafe extern "C" fn get_face_name(
    _: *mut SystemFonts,
    handle: *mut c_void,
    buffer: *mut c_char,
    size: c_ulong,
) -> c_ulong {
    let Some(name) = file(handle).and_then(|file| file.strip_suffix(".ttf")) else {
        return 0;
    };
    // With the zero that ends it.
    let bytes = || name.bytes().chain([0]);
    let copy = |into: Option<&mut [u8]>| {
        if let Some(into) = into.filter(|into| into.len() > name.len()) {
            for (to, from) in into.iter_mut().zip(bytes()) {
                *to = from;
            }
        }
        u64::try_from(bytes().count()).map_err(io::Error::other)
    };
    // SAFETY: PDFium's buffer, of which it says the size.
    unsafe { give(buffer.cast(), size, &copy) }
}

/// Gives bytes as PDFium wants them: how many there are, and they themselves where it has a buffer for all.
unsafe fn give(
    buffer: *mut u8,
    size: c_ulong,
    bytes: &dyn Fn(Option<&mut [u8]>) -> io::Result<u64>,
) -> c_ulong {
    let into = match usize::try_from(size) {
        // SAFETY: as the caller says.
        Ok(size) if !buffer.is_null() => {
            Some(unsafe { std::slice::from_raw_parts_mut(buffer, size) })
        }
        _ => None,
    };
    bytes(into).map_or(0, |length| c_ulong::try_from(length).unwrap_or(0))
}
