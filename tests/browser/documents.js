/** Handmade documents for tests. */

const LINES = 40;

/** Returns a PDF with this many pages of text, as `setInputFiles` takes it. */
export function document(name, pages) {
  const objects = ['', ''];
  const kids = [];
  for (let page = 1; page <= pages; page += 1) {
    const lines = Array.from({ length: LINES }, (_, line) => `(Page ${page}, line ${line + 1} of a manual) Tj T*`);
    const content = `BT /F1 30 Tf 60 740 Td (Chapter ${page}) Tj /F1 12 Tf 0 -40 Td 15 TL ${lines.join('\n')} ET`;
    objects.push(`<< /Length ${content.length} >>\nstream\n${content}\nendstream`);
    objects.push(`<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents ${objects.length} 0 R
      /Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>`);
    kids.push(`${objects.length} 0 R`);
  }
  objects[0] = '<< /Type /Catalog /Pages 2 0 R >>';
  objects[1] = `<< /Type /Pages /Kids [${kids.join(' ')}] /Count ${pages} >>`;
  let file = '%PDF-1.7\n';
  const table = ['0000000000 65535 f '];
  objects.forEach((object, place) => {
    table.push(`${String(file.length).padStart(10, '0')} 00000 n `);
    file += `${place + 1} 0 obj\n${object}\nendobj\n`;
  });
  const trailer = `trailer\n<< /Size ${table.length} /Root 1 0 R >>\nstartxref\n${file.length}\n%%EOF\n`;
  file += `xref\n0 ${table.length}\n${table.join('\n')}\n${trailer}`;
  return { name, mimeType: 'application/pdf', buffer: Buffer.from(file, 'latin1') };
}
