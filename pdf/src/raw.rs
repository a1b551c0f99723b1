//! PDFium's own functions, for features that `pdfium-render` does not expose. That crate keeps its handles private, so
//! a document that needs them is opened a second time by [`crate::view`].
//!
//! The library is the one that `pdfium-render` loaded: the loader counts references and does not load it twice. The
//! functions are documented in PDFium's headers: <https://pdfium.googlesource.com/pdfium/+/refs/heads/main/public/>.

#![allow(unsafe_code, reason = "a C library is called")]

use std::ffi::{c_char, c_double, c_float, c_int, c_uchar, c_uint, c_ulong, c_void};
use std::path::Path;

use libloading::{Error, Library};

/// A handle to an object of PDFium.
pub(crate) type Handle = *mut c_void;

/// `FPDF_FILEACCESS`.
#[repr(C)]
pub(crate) struct FileAccess {
    pub(crate) length: c_ulong,
    pub(crate) get_block:
        unsafe extern "C" fn(*mut c_void, c_ulong, *mut c_uchar, c_ulong) -> c_int,
    pub(crate) parameter: *mut c_void,
}

/// `FPDF_FORMFILLINFO` with no function set, and room for every function of its versions.
#[repr(C)]
pub(crate) struct FormFillInfo {
    pub(crate) version: c_int,
    pub(crate) functions: [usize; 64],
}

/// `FS_RECTF`.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Rectangle {
    pub(crate) left: c_float,
    pub(crate) top: c_float,
    pub(crate) right: c_float,
    pub(crate) bottom: c_float,
}

macro_rules! functions {
    ($($name:ident($($argument:ty),*) $(-> $result:ty)?;)*) => {
        /// The functions of PDFium that are called.
        #[allow(non_snake_case, reason = "the names are those of the C functions")]
        pub(crate) struct Functions {
            $(pub(crate) $name: unsafe extern "C" fn($($argument),*) $(-> $result)?,)*
            /// Keeps the library loaded as long as its functions are used.
            _library: Library,
        }

        impl Functions {
            /// Loads the functions from the library at this path.
            pub(crate) fn load(path: &Path) -> Result<Self, Error> {
                // SAFETY: the library was loaded before; each function is declared as PDFium's headers declare it.
                unsafe {
                    let library = Library::new(path)?;
                    Ok(Self {
                        $($name: *library.get(concat!(stringify!($name), "\0"))?,)*
                        _library: library,
                    })
                }
            }
        }
    };
}

functions! {
    FPDF_LoadCustomDocument(*mut FileAccess, *const c_char) -> Handle;
    FPDF_LoadMemDocument(*const c_void, c_int, *const c_char) -> Handle;
    FPDF_CloseDocument(Handle);
    FPDF_CopyViewerPreferences(Handle, Handle) -> c_int;
    FPDFDOC_InitFormFillEnvironment(Handle, *mut FormFillInfo) -> Handle;
    FPDFDOC_ExitFormFillEnvironment(Handle);
    FORM_OnAfterLoadPage(Handle, Handle);
    FORM_OnBeforeClosePage(Handle, Handle);
    FPDF_LoadPage(Handle, c_int) -> Handle;
    FPDF_ClosePage(Handle);
    FPDF_GetPageWidthF(Handle) -> c_float;
    FPDF_GetPageHeightF(Handle) -> c_float;
    FPDF_GetPageBoundingBox(Handle, *mut Rectangle) -> c_int;
    FPDF_PageToDevice(Handle, c_int, c_int, c_int, c_int, c_int, c_double, c_double, *mut c_int, *mut c_int) -> c_int;
    FPDFPage_SetCropBox(Handle, c_float, c_float, c_float, c_float);
    FPDFPage_GetAnnotCount(Handle) -> c_int;
    FPDFPage_GetAnnot(Handle, c_int) -> Handle;
    FPDFPage_CloseAnnot(Handle);
    FPDFPage_RemoveAnnot(Handle, c_int) -> c_int;
    FPDFPage_Flatten(Handle, c_int) -> c_int;
    FPDFAnnot_GetFlags(Handle) -> c_int;
    FPDFAnnot_HasKey(Handle, *const c_char) -> c_int;
    FPDFAnnot_GetRect(Handle, *mut Rectangle) -> c_int;
    FPDFPage_CountObjects(Handle) -> c_int;
    FPDFPage_GetObject(Handle, c_int) -> Handle;
    FPDFFormObj_CountObjects(Handle) -> c_int;
    FPDFFormObj_GetObject(Handle, c_ulong) -> Handle;
    FPDFPageObj_GetType(Handle) -> c_int;
    FPDFPageObj_SetIsActive(Handle, c_int) -> c_int;
    FPDFPageObj_SetFillColor(Handle, c_uint, c_uint, c_uint, c_uint) -> c_int;
    FPDFPageObj_CountMarks(Handle) -> c_int;
    FPDFPageObj_GetMark(Handle, c_ulong) -> Handle;
    FPDFPageObjMark_GetName(Handle, *mut u16, c_ulong, *mut c_ulong) -> c_int;
    FPDFTextObj_SetTextRenderMode(Handle, c_int) -> c_int;
    FPDFText_LoadPage(Handle) -> Handle;
    FPDFText_ClosePage(Handle);
    FPDFText_CountChars(Handle) -> c_int;
    FPDFText_GetUnicode(Handle, c_int) -> c_uint;
    FPDFText_IsHyphen(Handle, c_int) -> c_int;
    FPDFText_GetTextObject(Handle, c_int) -> Handle;
    FPDFText_GetCharBox(Handle, c_int, *mut c_double, *mut c_double, *mut c_double, *mut c_double) -> c_int;
    FPDFBitmap_CreateEx(c_int, c_int, c_int, *mut c_void, c_int) -> Handle;
    FPDFBitmap_Destroy(Handle);
    FPDF_RenderPageBitmap(Handle, Handle, c_int, c_int, c_int, c_int, c_int, c_int);
    FPDF_FFLDraw(Handle, Handle, Handle, c_int, c_int, c_int, c_int, c_int, c_int);
}
