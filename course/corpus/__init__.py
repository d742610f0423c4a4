"""The sources: reading editions as documents, paragraphs, segments and DataFrames of them."""

from course.corpus.documents import Document, Paragraph, Provenance, Segment, load_corpus, load_document

__all__ = ["Document", "Paragraph", "Provenance", "Segment", "load_corpus", "load_document"]
