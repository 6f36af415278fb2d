export default function PagePreview() {
  return null;
}
